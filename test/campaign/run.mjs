/**
 * Plays everything that can be played with a seed, against the built package, and writes down what came of it.
 *
 *   npm run campaign -- --minutes 10                 a fresh seed, for that long; a minute if not given
 *   npm run campaign -- --seed 7                     that seed
 *   npm run campaign -- --report FILE                the report there, as JSON, and beside it as .txt
 *   npm run campaign -- --replay simulation:7        one play again: its failure, made small, with its trace
 *   npm run campaign -- --canary 'lets strangers in' lives of a broker with that fault, which is to be found
 *
 * Exits 1 where a law is broken or something is left unreached that should not be, 2 where it is asked wrongly.
 */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import {
  CAMPAIGN_WORKS, CANARIES, describeCampaign, describeCampaignFailure, replay, runCampaign, simulationWork,
} from 'hello-negotiation/testing'

const OPTIONS = { minutes: '1', seed: '', report: 'campaign-report.json', replay: '', canary: '' }

function asked() {
  try {
    const options = Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, { type: 'string', default: OPTIONS[name] }]))
    return parseArgs({ options }).values
  } catch (error) {
    return usage(error.message)
  }
}

function usage(why) {
  console.error(`${why}\nusage: npm run campaign -- [--minutes N] [--seed S] [--report FILE] [--canary NAME] [--replay WORK:SEED]`)
  console.error(`works: ${CAMPAIGN_WORKS.map(({ name }) => name).join(', ')}\ncanaries: ${Object.keys(CANARIES).join('; ')}`)
  process.exit(2)
}

function wholeNumber(text, name) {
  const number = Number(text)
  return Number.isSafeInteger(number) && number >= 0 && text !== '' ? number : usage(`--${name} is a whole number, not ${JSON.stringify(text)}`)
}

const { canary, minutes, replay: again, report: file, seed: seedText } = asked()
if (canary !== '' && CANARIES[canary] === undefined) usage(`there is no canary ${JSON.stringify(canary)}`)
const withCanary = (command) => (canary === '' ? command : `${command} --canary '${canary}'`)
const works = canary === '' ? CAMPAIGN_WORKS : [simulationWork(CANARIES[canary])]

if (again !== '') playAgain()
else play()

function playAgain() {
  const [name, seed] = again.split(':')
  const work = works.find((work) => work.name === name) ?? usage(`there is no work ${JSON.stringify(name)}`)
  const failure = replay(work, wholeNumber(seed ?? '', 'replay'))
  if (failure === undefined) return console.log(`${again}: no law is broken`)
  console.log(describeCampaignFailure({ ...failure, replay: withCanary(failure.replay) }))
  process.exitCode = 1
}

function play() {
  const untilMs = performance.now() + 60_000 * (Number(minutes) >= 0 ? Number(minutes) : usage(`--minutes is a number, not ${JSON.stringify(minutes)}`))
  const seed = seedText === '' ? randomInt(2 ** 32) : wholeNumber(seedText, 'seed')
  const startMs = performance.now()
  let shownMs = startMs
  const report = runCampaign({
    works, seed, isOver: () => performance.now() >= untilMs,
    onRow: ({ failures, inputs, lives }) => {
      if (performance.now() - shownMs < 10_000) return
      shownMs = performance.now()
      console.log(`${Math.round((shownMs - startMs) / 1_000)} s: ${lives} lives, ${inputs} hostile inputs, ${failures.length} failures`)
    },
  })
  const failures = report.failures.map((failure) => ({ ...failure, replay: withCanary(failure.replay) }))
  const whole = {
    date: new Date().toISOString(), node: process.version, platform: `${process.platform} ${process.arch}`,
    seconds: Math.round((performance.now() - startMs) / 1_000), ...report, failures,
  }
  const text = describeCampaign(whole)
  writeFileSync(file, `${JSON.stringify(whole, undefined, 2)}\n`)
  writeFileSync(file.replace(/(\.json)?$/, '.txt'), `${whole.date}, Node ${whole.node}, ${whole.platform}, ${whole.seconds} s\n${text}\n`)
  console.log(`${text}\nwritten to ${file}`)
  if (!report.isSound) process.exitCode = 1
}
