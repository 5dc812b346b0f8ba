import { describe, expect, it } from '@jest/globals';
import { NOTHING_KNOWN, learn } from '../../src/domain/facts.ts';
import type { IncidentEntry } from '../../src/domain/incident.ts';
import { phaseAfter } from '../../src/cli/render/phase.ts';
import type { Phase } from '../../src/cli/render/phase.ts';
import {
  apiKick,
  containedOnly,
  doneChange,
  ended,
  held,
  intendedChange,
  kicked,
  ourEvent,
  planned,
  takeover,
  theEnd,
  watched,
} from '../domain/an-incident.ts';

const decided = (decision: 'agreed' | 'declined' | 'changed'): IncidentEntry => ({
  kind: 'decided',
  decision,
  decidedAt: 0,
});
const judged: IncidentEntry = { kind: 'judged', judgement: 'proved', by: 'sessionIdentifier' };

/** The steps that are busy, one after the other, each as often as its time would begin anew. */
function steps(entries: readonly IncidentEntry[]): (string | undefined)[] {
  let facts = NOTHING_KNOWN;
  let phase: Phase | undefined;
  const seen: (Phase | undefined)[] = [];
  for (const entry of entries) {
    facts = learn(facts, entry);
    phase = phaseAfter(phase, entry, facts);
    if (phase !== seen.at(-1)) seen.push(phase);
  }
  return seen.map((one) => one?.step);
}

describe('what a run is busy with', () => {
  it('goes from the look-up to the hold, each once', () => {
    expect(
      steps([
        ...planned(),
        decided('agreed'),
        ...kicked().slice(planned().length),
        theEnd(),
        ourEvent(),
        judged,
        held(),
        ended(),
      ]),
    ).toEqual([
      'look up',
      'plan',
      undefined,
      'watch',
      'watch',
      'deactivate',
      'takeover',
      'verify',
      'hold',
      'end',
      undefined,
    ]);
  });

  it('stays the hold while returns are retaken, so that its countdown goes on', () => {
    const retaken = [...takeover(), ourEvent(), ...takeover()];
    expect(steps([...kicked(), judged, ...retaken]).slice(-2)).toEqual(['verify', 'hold']);
    expect(steps([...containedOnly(), ...apiKick(), judged, ...apiKick()]).slice(-2)).toEqual([
      'verify',
      'hold',
    ]);
  });

  it('is the hold at once where no kick is asked for, and no hold where none is', () => {
    expect(steps(containedOnly({ plan: { method: 'none' } })).at(-1)).toBe('hold');
    expect(steps([...kicked({ plan: { holdMs: 0 } }), judged]).at(-1)).toBe('end');
  });

  it('is nothing while somebody is asked, and the look-up again after another choice', () => {
    expect(steps(planned()).at(-1)).toBeUndefined();
    expect(steps([...planned(), decided('changed')]).at(-1)).toBe('look up');
    expect(steps([...planned(), decided('declined')]).at(-1)).toBeUndefined();
  });

  it('is the changes, in an undo', () => {
    const by = { toolVersion: '1.0.0', user: 'alice', host: 'console', startedAt: 0 };
    const entries = [...watched(), { kind: 'undo-opened', ...by }, intendedChange(), doneChange()] as const;
    expect(steps([...entries]).at(-1)).toBe('deactivate');
    expect(steps([...entries, ended()]).at(-1)).toBeUndefined();
  });
});
