/**
 * Text in columns and paragraphs, broken at spaces.
 *
 * **Laws**
 *  1. A line is at most `LINE_MAX_COLUMNS` wide, unless a single word of it is too long for that.
 */

/** How wide a line gets where it can be broken. */
export const LINE_MAX_COLUMNS = 100

/** A line of the table: a field, or a remark that takes the place of fields. */
export interface Row {
  readonly offset: string
  readonly hex: string
  readonly name: string
  readonly texts: ReadonlyArray<string>
}

/** A field's line. */
export function row(offset: number, hex: string, name: string, texts: ReadonlyArray<string>): Row {
  return { offset: String(offset), hex, name, texts }
}

/** Columns as wide as what stands in them; a remark has no value beside it and may run on. */
export function rows(table: ReadonlyArray<Row>): ReadonlyArray<string> {
  const width = (column: (row: Row) => string): number =>
    table.reduce((most, row) => (row.texts.length === 0 ? most : Math.max(most, column(row).length)), 0)
  const offsetWidth = Math.max(4, width(({ offset }) => offset))
  const hexWidth = width(({ hex }) => hex)
  const nameWidth = width(({ name }) => name)
  return table.flatMap(({ offset, hex, name, texts }) => {
    const margin = `${offset.padStart(offsetWidth)}  ${hex.padEnd(hexWidth)}  ${name.padEnd(nameWidth)}  `
    const [first = '', ...rest] = texts.flatMap((text) => wrapped(text, LINE_MAX_COLUMNS - margin.length))
    return [`${margin}${first}`.trimEnd(), ...rest.map((line) => `${' '.repeat(margin.length)}${line}`)]
  })
}

/** A text in lines, each with a margin. */
export function paragraph(text: string, margin = ''): ReadonlyArray<string> {
  return wrapped(text, LINE_MAX_COLUMNS - margin.length).map((line) => `${margin}${line}`)
}

/** The text in lines of at most `columns`, broken at spaces; a word longer than that keeps its line to itself. */
function wrapped(text: string, columns: number): ReadonlyArray<string> {
  const lines: Array<string> = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
