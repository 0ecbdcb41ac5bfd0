// node bundle.mjs FOLDER OUT: the minified libraries of FOLDER/node_modules as one script that lies inside an HTML file,
// with the licenses of all that went into them in front.
import {readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [folder, out] = process.argv.slice(2);
const modules = join(folder, 'node_modules');
const scripts = ['vega/build/vega.min.js', 'vega-lite/build/vega-lite.min.js', 'vega-embed/build/vega-embed.min.js'];

/** Packages by the text of their license: many have the same. */
function licenses() {
  const packages = readdirSync(modules).filter((name) => !name.startsWith('.') && !name.startsWith('@')).sort();
  const byText = new Map();
  for (const name of packages) {
    const {version, license} = JSON.parse(readFileSync(join(modules, name, 'package.json'), 'utf8'));
    const file = readdirSync(join(modules, name)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `License: ${license}` : readFileSync(join(modules, name, file), 'utf8').trim();
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}`]);
  }
  return [...byText].map(([text, names]) => `${names.join(', ')}\n\n${text}`).join('\n\n----\n\n');
}

function minified(name) {
  return readFileSync(join(modules, name), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

const notice = licenses().replaceAll('*/', '* /').replaceAll('\r', '').replaceAll('<', '(').replaceAll('>', ')');
const script = `/*! Draws the charts of this page. Made of:\n\n${notice}\n*/\n${scripts.map(minified).join('\n')}`;
// What would end the script, or begin another, where HTML is read.
for (const mark of ['</script', '<!--', '\r', '\0']) {
  if (script.toLowerCase().includes(mark)) throw new Error(`the libraries contain ${JSON.stringify(mark)}`);
}
writeFileSync(out, script);
