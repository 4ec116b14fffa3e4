/**
 * Loaded before a program, makes of this platform one where no socket can be sent to another process.
 */
import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'

const { fork } = childProcess

childProcess.fork = (...args) => {
  const child = fork(...args)
  const { send } = child
  child.send = (message, handle, options, callback) => {
    if (handle === undefined) return send.call(child, message, handle, options, callback)
    process.nextTick(callback, Object.assign(new Error('write ENOTSUP'), { code: 'ENOTSUP' }))
    return false
  }
  return child
}
syncBuiltinESMExports()
