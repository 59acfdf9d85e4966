/** What needs no more words; everything else is neither good nor bad. */
const TONES: Readonly<Record<string, 'good' | 'bad' | 'wait'>> = {
  ...{ approved: 'good', rejected: 'bad', validating: 'wait', registered: 'wait' },
  ...{ queued: 'wait', running: 'wait', 'awaiting-approval': 'wait', failed: 'bad' },
  ...{ passed: 'good', completed: 'good', stable: 'good', drifted: 'bad', critical: 'bad' },
  ...{ promoted: 'good', 'rolled-back': 'bad', held: 'wait', paused: 'wait' },
  ...{ approve: 'good', reject: 'bad', warning: 'wait', harm: 'bad', fine: 'good' },
};

/** The state of something, in a word and a colour. */
export const StateBadge = ({ of }: { of: string }) => (
  <span class={`badge ${TONES[of] ?? ''}`}>{of.replaceAll('-', ' ')}</span>
);
