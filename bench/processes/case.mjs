/**
 * Runs one case.
 */
import { answerParent } from '../lib/children.mjs'

answerParent(async ({ name, effort }) => {
  const { run } = await import(`../cases/${name}.mjs`)
  return run(effort)
})
