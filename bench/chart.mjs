/**
 * Growth curves as one SVG: a panel each, cost relative to the smallest size over the size. Flat is good.
 *
 * It is written by hand, without a library, in colours that hold on a light and on a dark page.
 */

/**
 * A curve: sizes, and the nanoseconds of one unit of work at each.
 *
 * @typedef {object} Series
 * @property {string} id
 * @property {string} title the unit of work
 * @property {string} across what grows
 * @property {ReadonlyArray<readonly [size: number, ns: number]>} points
 */

const COLUMNS = 3
const PANEL = { width: 300, height: 220 }
const PLOT = { left: 44, top: 40, width: 240, height: 130 }
const LEAST_TOP = 3
/** The most that a Hello may cost more where much is remembered. */
const LIMIT = 2

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #444 }
  .title { font-weight: 600; fill: #111 }
  .axis { stroke: #999; fill: none }
  .grid { stroke: #8884; fill: none }
  .limit { stroke: #c2410c; stroke-dasharray: 4 3; fill: none }
  .curve { stroke: #2563eb; stroke-width: 2; fill: none }
  .point { fill: #2563eb }
  @media (prefers-color-scheme: dark) {
    text { fill: #bbb }
    .title { fill: #eee }
    .limit { stroke: #fb923c }
    .curve { stroke: #60a5fa }
    .point { fill: #60a5fa }
  }`

/** @param {ReadonlyArray<Series>} all */
export function chart(all) {
  const width = COLUMNS * PANEL.width
  const height = Math.ceil(all.length / COLUMNS) * PANEL.height
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    '<title>Cost of one unit of work, relative to the smallest size; flat is good, the dashed line is twice as much</title>',
    `<style>${STYLE}\n</style>`,
    ...all.map((series, i) => panel(series, (i % COLUMNS) * PANEL.width, Math.floor(i / COLUMNS) * PANEL.height)),
    '</svg>',
    '',
  ].join('\n')
}

function panel({ title, across, points }, x, y) {
  const [first, last] = [points[0], points[points.length - 1]]
  const relative = points.map(([size, ns]) => [size, ns / first[1]])
  const top = Math.max(LEAST_TOP, Math.ceil(Math.max(...relative.map(([, ratio]) => ratio))))
  const toX = (size) => PLOT.left + (PLOT.width * Math.log(size / first[0])) / Math.log(last[0] / first[0])
  const toY = (ratio) => PLOT.top + PLOT.height * (1 - ratio / top)
  const at = relative.map(([size, ratio]) => [round(toX(size)), round(toY(ratio))])
  const bottom = PLOT.top + PLOT.height
  return [
    `<g transform="translate(${x} ${y})">`,
    `<text class="title" x="${PLOT.left}" y="22">${title}</text>`,
    ...gridLines(top).map((ratio) => `<path class="grid" d="M${PLOT.left} ${round(toY(ratio))}h${PLOT.width}"/>`
      + `<text x="${PLOT.left - 6}" y="${round(toY(ratio)) + 4}" text-anchor="end">${ratio}×</text>`),
    `<path class="axis" d="M${PLOT.left} ${PLOT.top}V${bottom}h${PLOT.width}"/>`,
    `<path class="limit" d="M${PLOT.left} ${round(toY(LIMIT))}h${PLOT.width}"/>`,
    `<path class="curve" d="M${at.map(([px, py]) => `${px} ${py}`).join('L')}"/>`,
    ...at.map(([px, py]) => `<circle class="point" cx="${px}" cy="${py}" r="3"/>`),
    `<text x="${PLOT.left}" y="${bottom + 18}">${short(first[0])}</text>`,
    `<text x="${PLOT.left + PLOT.width}" y="${bottom + 18}" text-anchor="end">${short(last[0])}</text>`,
    `<text x="${PLOT.left + PLOT.width / 2}" y="${bottom + 36}" text-anchor="middle">${across}</text>`,
    '</g>',
  ].join('\n')
}

/** At most half a dozen lines, at whole multiples. */
function gridLines(top) {
  const step = Math.ceil(top / 6)
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, i) => i * step)
}

function short(size) {
  return size.toLocaleString('en').replaceAll(',', '\u202f')
}

function round(value) {
  return Math.round(value * 10) / 10
}
