/**
 * What each field of each message means, as the frozen .proto file says it: the comment above the field, or, where a field has none and
 * holds a message, the comment above that.
 */

/** By message and field: `{ Hello: { service_name: 'The service it wants: …' } }`. */
export function meaningsOf(proto) {
  const [messages, fields] = [new Map(), []]
  let comment = []
  let within
  for (const line of proto.split('\n').map((text) => text.trim())) {
    const [, opened] = /^message (\w+) \{$/.exec(line) ?? []
    const [, type, name] = /^(?:repeated )?([\w.<>, ]+) (\w+) = \d+;$/.exec(line) ?? []
    if (opened !== undefined) messages.set(within = opened, comment.join(' '))
    if (within !== undefined && name !== undefined) fields.push({ message: within, type, name, meaning: comment.join(' ') })
    comment = line.startsWith('//') ? [...comment, line.slice(2).trim()] : []
  }
  return Object.fromEntries([...messages.keys()].map((message) => [message, Object.fromEntries(
    fields.filter((field) => field.message === message).map(({ type, name, meaning }) => [name, meaning || (messages.get(type) ?? '')]),
  )]))
}
