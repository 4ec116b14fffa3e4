/**
 * Imports one module, which nothing has imported before in this process, and tells how long it took.
 */
import { answerParent } from '../lib/children.mjs'

answerParent(async (specifier) => {
  const startMs = performance.now()
  await import(specifier)
  return (performance.now() - startMs) * 1e6
})
