"""Three languages say the same: each writes what it reads, and runs what the syntax tree says."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset import ProgramError, drawPrograms, programLanguage
from dataset.generated.programs.syntax import (
    COMPARISONS,
    NUMERALS,
    OPERATIONS,
    VARIABLES,
    Assignment,
    Comparison,
    If,
    Number,
    Operation,
    Program,
    Repeat,
    Variable,
)

LANGUAGES = [programLanguage(name) for name in ("brace", "word", "stack")]
INPUTS = {name: value for value, name in enumerate(VARIABLES, 2)}

operands = st.builds(Number, st.integers(0, 9)) | st.builds(Variable, st.sampled_from(VARIABLES))
expressions = st.recursive(
    operands, lambda inner: st.builds(Operation, st.sampled_from([*OPERATIONS]), inner, inner), max_leaves=4
)
conditions = st.builds(Comparison, st.sampled_from([*COMPARISONS]), expressions, expressions)
assignments = st.builds(Assignment, st.sampled_from(VARIABLES), expressions)


def blocks(inner, least=1):
    return st.lists(inner, min_size=least, max_size=2).map(tuple)


statements = st.recursive(
    assignments,
    lambda inner: (
        st.builds(If, conditions, blocks(inner), blocks(inner, 0)) | st.builds(Repeat, st.integers(0, 4), blocks(inner))
    ),
    max_leaves=4,
)
programs = st.builds(Program, blocks(statements, 0), expressions)


def result(run, *arguments):
    """What a program computes, or which of its errors."""
    try:
        return run(*arguments)
    except ProgramError as error:
        return str(error)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
@settings(max_examples=30)
@given(programs)
def test_each_language_reads_what_it_writes_and_runs_it_as_the_tree_says(language, program):
    tokens = language.write(program)
    assert {*tokens} <= {*language.tokens}
    assert language.read(tokens) == program
    assert result(language.run, tokens, INPUTS) == result(program.run, INPUTS)
    assert result(language.run, tokens, {"a": -3}) == result(program.run, {"a": -3})


def pythonOf(tokens):
    """A program of the brace language as a function in Python: an interpreter that is not ours."""
    lines, depth, line = ["def f(a=0, b=0, c=0, x=0, y=0, z=0):"], 1, []
    for token in tokens:
        if token in "{};":
            if token == "{":
                words = [*line[:1], *line[2:-1]]
                text = f"for _ in range({words[1]})" if words[0] == "repeat" else " ".join(words)
                lines.append("    " * depth + text + ":")
            elif token == ";":
                lines.append("    " * depth + " ".join(line).replace("/", "//"))
            depth, line = depth + {"{": 1, "}": -1, ";": 0}[token], []
        else:
            line.append(token)
    space = {}
    exec("\n".join(lines), space)
    return space["f"]


def test_python_computes_the_same():
    rng = np.random.default_rng(3)
    for program in drawPrograms(150, rng=4):
        reference = pythonOf(LANGUAGES[0].write(program))
        for _ in range(4):
            inputs = dict(zip(program.inputs, rng.integers(-20, 21, len(program.inputs)).tolist(), strict=True))
            assert {one.run(one.write(program), inputs) for one in LANGUAGES} == {reference(**inputs)}


def test_words_belong_to_one_language_and_numerals_and_variables_to_all():
    words = [{*one.words} for one in LANGUAGES]
    shared = {*NUMERALS, *VARIABLES}
    for i, mine in enumerate(words):
        assert len(mine) == len(LANGUAGES[i].words)
        assert not mine & shared
        assert all(not mine & other for other in words[i + 1 :])
        assert len(LANGUAGES[i].tokens) == len(mine) + len(shared) <= 34


@pytest.mark.parametrize(
    ("language", "text", "message"),
    [
        ("brace", "x = a + ; return x ;", "brace: expected token 4 to be a numeral or a variable, got ';'"),
        ("brace", "x = a + b * 2 ; return x ;", "token 5 to be ';', got '\\*'"),
        ("brace", "x = a ;", 'token 4 to be the beginning of a statement, got "the program\'s end"'),
        ("brace", "return a ; x", "token 3 to be the program's end, got 'x'"),
        ("brace", "if ( a ) { x = 1 ; } return x ;", "token 3 to be one of < > ==, got '\\)'"),
        ("brace", "if ( a < 1 ) { } return x ;", "token 7 to be the beginning of a statement, got '}'"),
        ("brace", "repeat ( a ) { x = 1 ; } return x ;", "token 2 to be a numeral, got 'a'"),
        ("brace", "return ( a ) ;", "token 3 to be one of"),
        ("brace", "set x to a", "token 0 to be the beginning of a statement, got 'set'"),
        ("word", "set 3 to a give a", "token 1 to be a variable, got '3'"),
        ("word", "when a below 3 do set x to 1 give x", "token 9 to be 'done', got 'give'"),
        ("word", "", "token 0 to be the beginning of a statement"),
        ("stack", "a add store x x emit", "stack: expected token 1 to be after two values, got 'add'"),
        ("stack", "a b store x x emit", "token 2 to be after one value alone, got 'store'"),
        ("stack", "a 1 lt emit", "token 3 to be after one value alone, got 'emit'"),
        ("stack", "a branch 1 store x join x emit", "token 1 to be after one comparison alone, got 'branch'"),
        ("stack", "a cycle 1 store x again x emit", "token 1 to be after one numeral alone, got 'cycle'"),
        ("stack", "a 1 lt branch b join x emit", "token 5 to be a block that leaves nothing on the stack, got 'join'"),
        ("stack", "a 1 lt branch 1 store x again x emit", "token 7 to be 'join', got 'again'"),
        ("stack", "a 1 lt 2 add emit", "token 4 to be after two values, got 'add'"),
        ("stack", "1 store x join", "token 3 to be 'emit', got 'join'"),
        ("stack", "a emit b", "token 2 to be the program's end, got 'b'"),
        ("stack", "a <mask> emit", "token 1 to be a numeral or a variable, got '<mask>'"),
        ("word", "give " + "[ " * 250, "a program to be of at most 200 tokens"),
    ],
)
def test_what_is_no_program_is_refused_with_its_place(language, text, message):
    with pytest.raises(ProgramError, match=message):
        programLanguage(language).read(text.split())


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
@settings(max_examples=60)
@given(st.data())
def test_any_tokens_are_a_program_or_refused(language, data):
    tokens = data.draw(st.lists(st.sampled_from(language.tokens), max_size=12))
    program = result(language.read, tokens)
    if isinstance(program, str):
        assert "expected token" in program
    else:
        assert language.write(program) == tokens


@pytest.mark.parametrize("language", ["brace", "word"])
def test_the_deepest_program_is_read_or_refused(language):
    one = programLanguage(language)
    opening, add, closing = *one.brackets[:1], one.operations["add"], one.brackets[1]
    inner = [opening] * 45 + ["a"] + [add, "a", closing] * 45
    assert one.run([*one.output.split()[:1], *inner[1:-1], *one.output.split()[2:]], {"a": 1}) == 46


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("return a / b ;", "every divisor to be another number than 0"),
        ("return a % b ;", "every divisor"),
        ("return a + y ;", "variable y to be an input, or assigned before, got 'a, b'"),
        ("repeat ( 9 ) { a = a * a ; } return a ;", "every value to be at most 1e\\+18"),
        ("repeat ( 9 ) { repeat ( 9 ) { repeat ( 9 ) { repeat ( 9 ) { b = 1 ; } } } } return a ;", "at most 1,000"),
    ],
)
def test_a_program_that_cannot_go_on_says_why(language, text, message):
    program = programLanguage("brace").read(text.split())
    with pytest.raises(ProgramError, match=message) as found:
        language.run(language.write(program), {"a": 7, "b": 0})
    assert str(pickle.loads(pickle.dumps(found.value))) == str(found.value)


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        ("x = a ; return x ;", ("a",)),
        ("x = x + 1 ; return x ;", ("x",)),
        ("if ( a > 0 ) { x = 1 ; } return x ;", ("a", "x")),
        ("if ( a > 0 ) { x = 1 ; } else { x = 2 ; } return x ;", ("a",)),
        ("repeat ( 2 ) { x = 1 ; } return x ;", ()),
        ("repeat ( 0 ) { x = 1 ; } return x ;", ("x",)),
        ("repeat ( 2 ) { x = y ; y = 1 ; } return x + z ;", ("y", "z")),
    ],
)
def test_inputs_are_what_may_be_read_before_it_is_written(text, inputs):
    assert programLanguage("brace").read(text.split()).inputs == inputs


def test_bad_input():
    with pytest.raises(ValueError, match="programLanguage: expected name to be one of 'brace', 'word', 'stack'"):
        programLanguage("c")
    with pytest.raises(TypeError, match="brace: expected tokens to be a list of tokens"):
        programLanguage("brace").read("return a ;")
    with pytest.raises(TypeError, match=r"brace: expected program to be a Program .*drawPrograms, got \['x'\]"):
        programLanguage("brace").write(["x"])


@pytest.mark.parametrize("language", ["brace", "stack"])
def test_inputs_are_whole_numbers_of_any_size(language):
    language = programLanguage(language)
    program = language.write(programLanguage("stack").read([*"aa", "mul", "9", "div", "emit"]))
    assert language.run(program, {"a": np.int32(90_000)}) == 900_000_000  # 90,000² overflows int32
    for wrong in (1.5, "1", None):
        with pytest.raises(TypeError, match="Program: expected input a to be a whole number, got"):
            language.run(program, {"a": wrong})
    with pytest.raises(TypeError, match=r"inputs to be a dict .*got \[1\]"):
        language.run(program, [1])
