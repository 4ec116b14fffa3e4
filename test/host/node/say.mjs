/**
 * A client in a process of its own: takes bytes in hex on standard input, sends them to the socket named
 * on its command line, and prints in hex what comes back until the other side closes.
 */
import net from 'node:net'
import { text } from 'node:stream/consumers'

const bytes = Buffer.from(await text(process.stdin), 'hex')
const socket = net.connect({ path: process.argv[2] })
const chunks = []
socket.on('data', (chunk) => chunks.push(chunk))
socket.on('error', () => undefined)
socket.on('close', () => console.log(Buffer.concat(chunks).toString('hex')))
socket.write(bytes)
