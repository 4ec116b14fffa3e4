/**
 * A backend: serves whoever comes to its own endpoint, and whoever is handed over to it by the broker that has
 * started it. It ends with its broker.
 *
 *   fork('examples/backend.mjs', [ENDPOINT, MANNER])
 *
 * MANNER is `willing`; `refusing`, which takes connections of no service; or `deaf`, which knows nothing of handoffs.
 */
import net from 'node:net'
import { receiveHandoffs } from 'hello-negotiation/host/node'

const [endpoint, manner] = process.argv.slice(2)

if (manner !== 'deaf') {
  receiveHandoffs({
    onConnection: serve('on a connection handed over'),
    ...(manner === 'refusing' ? { serviceNames: [] } : {}),
  })
}
net.createServer(serve('at its own endpoint')).listen(endpoint, () => process.send('listening'))
process.on('disconnect', () => process.exit())

/** Says who it is, and by which way the question came, whatever the question. */
function serve(way) {
  return (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(`process ${process.pid}, ${way}`))
  }
}
