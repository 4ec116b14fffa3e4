/**
 * A program under test: started by the shell, ended in time, with everything that it has started.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { systemClock } from '../../../shell/Defaults.js'
import type { ProgramEnd } from '../../../testing/conformance/client/ClientTrial.js'
import { deadlineTimer } from '../../transport/DeadlineTimer.js'
import { systemError } from '../../transport/SystemError.js'

/** How a program ended, after how long, and the end of what it complained about. */
export interface ProgramEnded {
  readonly end: ProgramEnd
  readonly tookMs: number
  readonly complaint: string
}

/** A program that is running. */
export interface Program {
  /** Waits until it has ended, and ends it after so many milliseconds. */
  readonly endedWithin: (boundMs: number) => Promise<ProgramEnded>
  /** Ends it sooner. */
  readonly endWithin: (boundMs: number) => void
}

const COMPLAINT_MAX_CHARACTERS = 1_000
const NOT_FOUND_STATUS = 127
const SHELL_SIGNAL_STATUS = 128

/** Starts a command line. */
export function startProgram(command: string, env: Readonly<Record<string, string>>): Program {
  const beganMs = systemClock()
  const timer = deadlineTimer()
  let complaint = ''
  let isKilled = false
  // A group of its own, so that what the shell has started ends with it.
  const isGroup = process.platform !== 'win32'
  const child = spawn(command, {
    shell: true, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env }, detached: isGroup,
  })

  function kill(): void {
    isKilled = true
    killAll(child.pid, isGroup)
  }

  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-COMPLAINT_MAX_CHARACTERS)
  })
  const ended = new Promise<ProgramEnd>((resolve) => {
    child.on('error', (error) => {
      complaint = systemError(error).message
      resolve({ _tag: 'Exited', status: NOT_FOUND_STATUS })
    })
    child.on('exit', (status, signal) => resolve(endOf(status, signal, isKilled)))
  })

  return {
    endWithin: (boundMs) => timer.set(boundMs, kill),
    endedWithin: async (boundMs) => {
      timer.set(boundMs, kill)
      const end = await ended
      timer.clear()
      const tookMs = systemClock() - beganMs
      // What it has left behind it is no use to anybody.
      killAll(child.pid, isGroup)
      child.stderr.destroy()
      return { end, tookMs, complaint: complaint.trim() }
    },
  }
}

function endOf(status: number | null, signal: string | null, isKilled: boolean): ProgramEnd {
  if (isKilled) return { _tag: 'StillRunning' }
  const died = signal ?? signalOf(status ?? 0)
  return died === undefined ? { _tag: 'Exited', status: status ?? 0 } : { _tag: 'Signalled', signal: died }
}

/** A shell tells of a signal by a status above 128. */
function signalOf(status: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => number === status - SHELL_SIGNAL_STATUS)?.[0]
}

function killAll(pid: number | undefined, isGroup: boolean): void {
  if (pid === undefined) return
  try {
    process.kill(isGroup ? -pid : pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
