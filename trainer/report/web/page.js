// Draws every chart of the page from the specification that lies in its figure. Colours are the style sheet's, so that
// dark mode and print need no second drawing.
'use strict';

const text = {labelColor: 'var(--soft)', titleColor: 'var(--ink)', labelFontSize: 12, titleFontSize: 12};
const config = {
  background: null,
  font: 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif',
  view: {stroke: null},
  axis: {...text, titleFontWeight: 600, gridColor: 'var(--line)', domainColor: 'var(--line)', tickColor: 'var(--line)',
         labelLimit: 130, titlePadding: 8, titleLimit: 240},
  legend: {disable: true},  // the page's own wrap where it is narrow
};

function failed(figure, error) {
  console.error(`${figure.querySelector('figcaption').firstChild.textContent}: ${error.message}`);
  const note = figure.querySelector('.plot');
  note.textContent = `This chart could not be drawn: ${error.message}`;
  note.classList.add('failed');
}

async function draw(figure) {
  try {
    const spec = JSON.parse(figure.querySelector('script').textContent);
    await vegaEmbed(figure.querySelector('.plot'), {width: 'container', ...spec}, {
      mode: 'vega-lite',
      renderer: 'svg',
      actions: false,
      ast: true,  // expressions are interpreted: the page's policy allows no evaluation of text
      config,
      tooltip: {theme: 'custom'},
    });
  } catch (error) {
    failed(figure, error);
  }
}

Promise.all([...document.querySelectorAll('figure.chart')].map(draw))
    .then(() => document.documentElement.classList.add('drawn'));
