/**
 * Coverage-guided search: an input that reaches something new, or something a new number of times, is kept and built upon.
 */
import { mutated } from './mutate.mjs'

/** Explores a target for a time; gives what was kept and how far it came, and the input that broke it, if one did. */
export function explore(target, reached, seeds, { seconds, seed }) {
  const below = dice(seed)
  const seen = new Set()
  const corpus = []
  const result = { executions: 0, corpus, seen, broken: undefined }

  function attempt(input) {
    result.executions += 1
    reached()
    try {
      target(input)
    } catch (error) {
      result.broken = { input, error }
      return
    }
    const news = featuresOf(reached()).filter((feature) => !seen.has(feature))
    if (news.length === 0) return
    for (const feature of news) seen.add(feature)
    corpus.push(input)
  }

  for (const input of [new Uint8Array(0), ...seeds]) if (result.broken === undefined) attempt(input)
  const endsAt = performance.now() + seconds * 1_000
  while (result.broken === undefined && performance.now() < endsAt) attempt(mutated(corpus[favouringNews(corpus.length, below)], corpus[below(corpus.length)], below))
  return result
}

/** The fewest inputs that reach all that a corpus reaches, the shortest first. */
export function minimized(target, reached, corpus) {
  const seen = new Set()
  return [...corpus].sort((a, b) => a.length - b.length).filter((input) => {
    reached()
    target(input)
    const news = featuresOf(reached()).filter((feature) => !seen.has(feature))
    for (const feature of news) seen.add(feature)
    return news.length > 0
  })
}

/** A counter and about how often it went up: once, twice, a few times, often. */
function featuresOf(counts) {
  const features = []
  counts.forEach((count, counter) => {
    if (count > 0) features.push(counter * 8 + Math.min(7, Math.floor(Math.log2(count))))
  })
  return features
}

/** What came last leads on most often. */
function favouringNews(length, below) {
  return length - 1 - Math.min(below(length), below(length))
}

/** Whole numbers below a bound, the same for the same seed (xorshift32). */
function dice(seed) {
  let state = seed >>> 0 || 1
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
}
