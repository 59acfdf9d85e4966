import type { Section } from '#shared/page/blocks.ts';
import type { ModelCard } from '../schema.ts';
import { considerations, dataSection } from './context.ts';
import { fairnessSection } from './fairness.ts';
import { qualitySection } from './quality.ts';
import { approvalsSection, changesSection, detailsSection, lineageSection } from './record.ts';
import { contractSection, performanceSection, securitySection } from './running.ts';
import { explainabilitySection, robustnessSection } from './stress.ts';

/** All of a card in the order in which people ask: what for, how good, for whom, from where. */
export const sectionsOf = (card: ModelCard): Section[] => [
  considerations(card),
  qualitySection(card),
  fairnessSection(card),
  robustnessSection(card),
  explainabilitySection(card),
  performanceSection(card),
  dataSection(card),
  contractSection(card),
  securitySection(card),
  lineageSection(card),
  changesSection(card),
  approvalsSection(card),
  detailsSection(card),
];
