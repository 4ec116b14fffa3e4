import { runSimulation, simulationScenario, describeAct, traceText } from 'hello-negotiation/testing'
import { it } from 'vitest'
it('speed', () => {
  const from = Number(process.env['FROM'] ?? 0), n = Number(process.env['N'] ?? 300)
  const t = performance.now()
  let steps = 0, laws = 0, bad = 0, ms = 0
  const reached = new Map<string, number>()
  for (let s = from; s < from + n; s++) {
    const life = runSimulation(simulationScenario(s))
    steps += life.stepCount; laws += life.lawsChecked; ms += life.simulatedMs
    for (const [k, v] of life.reached) reached.set(k, (reached.get(k) ?? 0) + v)
    if (life.violations.length > 0 && bad++ < 3) {
      console.log(s, JSON.stringify(life.violations.slice(0, 4), null, 1), life.stepCount, life.scenario.acts.map(describeAct).join('\n'), '\n' + traceText(life.trace.slice(-Number(process.env["TAIL"] ?? 25))))
    }
  }
  console.log('ms', performance.now() - t, 'lives', n, 'steps', steps, 'laws', laws, 'bad', bad, 'sim ms', ms)
  if (process.env['SHOW']) console.log([...reached].sort().map(([k, v]) => `${k}: ${v}`).join('\n'))
}, 600_000)
