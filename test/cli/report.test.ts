import { describe, expect, it } from '@jest/globals';
import { processConsole } from '../../src/cli/console.ts';
import { reportLines } from '../../src/cli/render/report.ts';
import { documentOf } from '../../src/domain/document.ts';
import { factsOf } from '../../src/domain/facts.ts';
import { conclude } from '../../src/domain/verdict.ts';
import type { Sighting } from '../../src/domain/sighting.ts';
import { INTRUDER, STRANGER, aDisconnectedEvent } from '../domain/an-event.ts';
import { ENDED_AT, ended, held, kicked, observed } from '../domain/an-incident.ts';

const console = processConsole({ quiet: true, color: false });
const displaced = observed(
  aDisconnectedEvent({ principalIdentifier: STRANGER, sessionIdentifier: 'a-strangers' }),
);

/** What is printed of a run whose kick displaced somebody else. */
function reportOn(sighting: Partial<Sighting>) {
  const entries = [...kicked({ sighting }), displaced, held()];
  const facts = factsOf([...entries, ended(conclude(factsOf(entries), ENDED_AT, undefined))]);
  return reportLines(documentOf(facts, undefined), console).join('\n');
}

describe('the report of a kick that displaced somebody else', () => {
  it('says whose access is cut, where nobody saw that one on the client, and how it is given back', () => {
    const text = reportOn({ source: 'thing', event: undefined, candidates: [] });
    expect(text).toContain(`(access cut: yes, of certificate ${INTRUDER}, which nobody saw on this client)`);
    expect(text).not.toContain('contained, but not proved gone');
    expect(text).toMatch(
      new RegExp(`contain "${STRANGER}": evict .* that of certificate "${INTRUDER}", .*evict undo`, 'u'),
    );
  });

  it('says that the other is to be contained, too, where the contained one was seen', () => {
    const text = reportOn({});
    expect(text).toContain('(access cut: yes)');
    expect(text).toContain(`contain "${STRANGER}", too`);
  });
});
