// A field to draw in, with mouse, pen, finger or keys. It emits what is drawn: {op, ...}, points in parts of its side.
const STEP = 0.02;
export default {
  template: `
    <canvas ref="canvas" class="leibnet-field" :width="side" :height="side" tabindex="0" role="img" :aria-label="label"
      @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="up"
      @keydown="key" @keyup.space.prevent="spaceUp" @blur="lift"></canvas>`,
  props: { label: String, brush: Number },
  data() {
    return { side: 560 };
  },
  created() {
    this.strokes = [];
    this.waiting = [];
    this.pen = { x: 0.5, y: 0.3, down: false };
  },
  mounted() {
    this.redraw();
  },
  methods: {
    place(event) {
      const box = this.$refs.canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    },
    down(event) {
      if (event.button !== 0) return;
      event.preventDefault();
      this.$refs.canvas.focus({ preventScroll: true });
      this.$refs.canvas.setPointerCapture(event.pointerId);
      this.pointer = event.pointerId;
      this.begin(this.place(event));
    },
    move(event) {
      if (event.pointerId !== this.pointer) return;
      const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const one of events.length ? events : [event]) this.extend(this.place(one));
    },
    up(event) {
      if (event.pointerId !== this.pointer) return;
      this.pointer = undefined;
      this.flush();
    },
    begin([x, y]) {
      this.flush();
      this.strokes.push({ width: this.brush, points: [[x, y]] });
      this.$emit("ink", { op: "begin", x, y, width: this.brush });
      this.redraw();
    },
    extend([x, y]) {
      const line = this.strokes[this.strokes.length - 1];
      if (!line) return;
      line.points.push([x, y]);
      this.waiting.push([x, y]);
      this.segment(line, line.points.length - 1);
      if (!this.timer) this.timer = setTimeout(() => this.flush(), 30);
    },
    flush() {
      clearTimeout(this.timer);
      this.timer = undefined;
      if (this.waiting.length) this.$emit("ink", { op: "points", points: this.waiting });
      this.waiting = [];
    },
    undo() {
      this.flush();
      this.lift();
      this.strokes.pop();
      this.$emit("ink", { op: "undo" });
      this.redraw();
    },
    clear() {
      this.erase();
      this.$emit("ink", { op: "clear" });
    },
    erase() {
      this.flush();
      this.lift();
      this.strokes = [];
      this.redraw();
    },
    key(event) {
      const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const way = ways[event.key];
      if (way) {
        this.pen.x = Math.min(1, Math.max(0, this.pen.x + STEP * way[0]));
        this.pen.y = Math.min(1, Math.max(0, this.pen.y + STEP * way[1]));
        if (this.pen.down) this.extend([this.pen.x, this.pen.y]);
      } else if (event.key === " ") {
        if (!this.pen.down && !event.repeat) {
          this.pen.down = true;
          this.begin([this.pen.x, this.pen.y]);
        }
      } else if (event.key === "Delete") {
        this.clear();
      } else if ((event.ctrlKey || event.metaKey) && event.key === "z") {
        this.undo();
      } else {
        return;
      }
      event.preventDefault();
      this.redraw(true);
    },
    spaceUp() {
      this.lift();
      this.redraw(true);
    },
    lift() {
      this.pen.down = false;
      this.flush();
      this.redraw();
    },
    segment(line, i) {
      const context = this.$refs.canvas.getContext("2d");
      const [from, to] = [line.points[Math.max(0, i - 1)], line.points[i]];
      context.strokeStyle = "#fff";
      context.lineCap = context.lineJoin = "round";
      context.lineWidth = line.width * this.side;
      context.beginPath();
      context.moveTo(from[0] * this.side, from[1] * this.side);
      context.lineTo(to[0] * this.side, to[1] * this.side);
      context.stroke();
    },
    redraw(withPen = false) {
      const canvas = this.$refs.canvas;
      if (!canvas) return;
      const context = canvas.getContext("2d");
      context.fillStyle = "#000";
      context.fillRect(0, 0, this.side, this.side);
      for (const line of this.strokes) line.points.forEach((_, i) => this.segment(line, i));
      if (withPen) {
        context.strokeStyle = "#f2a33a";
        context.lineWidth = 3;
        context.beginPath();
        context.arc(this.pen.x * this.side, this.pen.y * this.side, (this.brush * this.side) / 2 + 3, 0, 7);
        context.stroke();
      }
    },
  },
};
