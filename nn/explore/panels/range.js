// A slider of the browser's own, which keys, screen readers and fingers know.
export default {
  template: `
    <input type="range" class="leibnet-range" :min="min" :max="max" :step="step" :value="modelValue" :aria-label="label"
      @input="$emit('update:model-value', Number($event.target.value))">`,
  props: { modelValue: Number, min: Number, max: Number, step: Number, label: String },
};
