// node rows.mjs ROWS SHIFT [LATE]: a CSV of features and classes with names that nobody should have, for whoever writes
// them into HTML, CSV, JSON or Prometheus' format. SHIFT moves the first feature from row LATE on.
const [rows, shift, late = 0] = process.argv.slice(2).map(Number);

const kFeatures = [
  '</script><b id="injected">', '"quoted" back\\slash', 'new\nline, and comma', 'temperatur °C 温度 😀',
  '<img src=x onerror="injected=1" id=injected>', 'an_uninterrupted_name_of_many_more_letters_than_a_narrow_window_has_room_for',
  '${datum.x} #{y} %s {} &amp;', "it's",
];
const kClasses = ['"yes" \\', 'no\n</script><b id="injected">', 'vielleicht, <i>ü</i>'];

let state = 12345;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};
const quoted = (text) => `"${text.replaceAll('"', '""')}"`;

console.log([...kFeatures, 'label'].map(quoted).join(','));
for (let row = 0; row < rows; ++row) {
  const values = kFeatures.map(() => random() + random() + random());
  const label = values[0] + values[1] > 3.3 ? 0 : values[2] > 1.5 ? 1 : 2;
  if (row >= late) values[0] += shift;
  console.log([...values.map((value) => value.toFixed(5)), quoted(kClasses[label])].join(','));
}
