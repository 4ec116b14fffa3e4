/**
 * Clients that are wrong in one thing, or right in an unusual way, and nothing of this library: the socket from the
 * environment, what to do from the command line.
 */
import { connect } from 'node:net'

const [fault] = process.argv.slice(2)
const path = process.env.HELLO_NEGOTIATION_SOCKET
const DEADLINE_MS = Number(process.env.RUNNING_PROCESS_BROKER_CLIENT_TIMEOUT_MS ?? 30_000)

const text = (field, value) => [(field << 3) | 2, value.length, ...Buffer.from(value)]

/** A Hello for zccache 1.11.20, request id 1. */
function request() {
  const version = fault === 'shapeless' ? 'latest' : '1.11.20'
  const pid = fault === 'stranger' ? [0x50, 1] : []
  const hello = [0x08, 1, 0x10, 1, ...text(3, 'zccache'), ...text(4, version), ...pid]
  const frame = [0x08, fault === 'envelope' ? 2 : 1, 0x22, hello.length, ...hello, 0x28, 1]
  const whole = Buffer.from([1, frame.length, 0, 0, 0, ...frame])
  return fault === 'chatty' ? Buffer.concat([whole, whole]) : whole
}

/** Field by field, without a check: `{ number: [values] }`. */
function fieldsOf(bytes) {
  const fields = {}
  for (let at = 0; at < bytes.length;) {
    const key = varint()
    const value = (key & 7) === 2 ? run() : varint()
    ;(fields[key >> 3] ??= []).push(value)
    function varint() {
      let value = 0
      for (let shift = 1; ; shift *= 128) {
        const byte = bytes[at++]
        value += (byte & 0x7f) * shift
        if (byte === undefined || byte < 0x80) return value
      }
    }
    function run() {
      const length = varint()
      at += length
      return bytes.subarray(at - length, at)
    }
  }
  return fields
}

/** The endpoint, where the reply is a yes. */
function endpointIn(bytes) {
  if (bytes[0] !== 1 || bytes.length < 5 || bytes.length < 5 + bytes.readUInt32LE(1)) return undefined
  const frame = fieldsOf(bytes.subarray(5, 5 + bytes.readUInt32LE(1)))
  const isReply = frame[1]?.[0] === 1 && frame[2]?.[0] === 1 && !(frame[3]?.at(-1) > 0) && !(frame[6]?.at(-1) > 0)
  if (!isReply && fault !== 'lax') return undefined
  const reply = fieldsOf(frame[4]?.at(-1) ?? Buffer.alloc(0))
  return reply[1] === undefined || reply[2] !== undefined ? undefined : String(fieldsOf(reply[1][0])[3]?.[0] ?? '')
}

function call(then) {
  const socket = connect(path, () => socket.write(request()))
  let heard = Buffer.alloc(0)
  let isDone = false
  const done = () => {
    if (isDone) return
    isDone = true
    socket.destroy()
    then(endpointIn(heard))
  }
  socket.on('data', (chunk) => {
    heard = Buffer.concat([heard, chunk])
    if (heard[0] !== 1 || (heard.length >= 5 && (heard.readUInt32LE(1) > 0x100_0000 || heard.length >= 5 + heard.readUInt32LE(1)))) done()
  })
  socket.on('error', done).on('close', done)
  if (fault !== 'endless') setTimeout(done, DEADLINE_MS).unref()
}

function settle(endpoint) {
  if (fault === 'careless') process.exit(0)
  if (fault === 'hopeless') process.exit(1)
  if (fault === 'crashing' && endpoint === undefined) process.kill(process.pid, 'SIGABRT')
  // Goes on to the backend, and stays there.
  if (fault === 'settled' && endpoint) return void connect(endpoint)
  process.exit(endpoint ? 0 : 1)
}

if (fault === 'silent') process.exit(3)
else call((endpoint) => (fault === 'stubborn' && !endpoint ? call(settle) : settle(endpoint)))
