// node break_page.mjs FAULT GOOD.html BAD.html: a page that look.mjs must refuse.
import {readFileSync, writeFileSync} from 'node:fs';

const [fault, good, bad] = process.argv.slice(2);
const html = readFileSync(good, 'utf8');

function replaced(from, to) {
  if (!html.includes(from)) throw new Error(`${good} has no ${from}`);
  return html.replace(from, () => to);
}

const kFaults = {
  // A specification that Vega-Lite refuses, and one that draws nothing.
  spec: () => replaced('"type":"bar"', '"type":"nonsense"'),
  empty: () => html.replace(/"values":\[\{.*?\}\]/s, '"values":[]'),
  // A script of someone else's, which the page's policy must not run.
  script: () => replaced('</main>', '<script>window.injected = 1</script></main>'),
  console: () => replaced(/<meta http-equiv[^>]*>/.exec(html)[0], '').replace('</main>', '<script>console.error("so")</script></main>'),
  network: () => replaced(/<meta http-equiv[^>]*>/.exec(html)[0], '').replace('</main>', '<img src="http://127.0.0.1:9/x.png"></main>'),
  overflow: () => replaced('</main>', '<div style="width:800px">wide</div></main>'),
  injected: () => replaced('</main>', '<b id="injected">name</b></main>'),
};
writeFileSync(bad, kFaults[fault]());
