/**
 * Campaigns: everything that can be played with a seed, played with many, counted and reported.
 */
export {
  type CampaignFailure, type CampaignOptions, type CampaignReport, describeCampaign, describeCampaignFailure, replay, runCampaign, type WorkReport,
} from './campaign.js'
export { CAMPAIGN_WORKS, type CampaignWork, type Failure, HOSTILE_WORK, lawWork, PAIR_WORK, type Played, simulationWork } from './CampaignWork.js'
export { type HostileInput, hostileInput, type HostileTarget, type HostileVerdict, judgeHostile } from './hostileInput.js'
export { shorter, shrink } from './shrink.js'
export { spoil } from './spoil.js'
