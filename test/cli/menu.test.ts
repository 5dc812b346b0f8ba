import { describe, expect, it } from '@jest/globals';
import { menuOf } from '../../src/cli/prompts/menu.ts';
import { factsOf } from '../../src/domain/facts.ts';
import { principalOf } from '../../src/domain/principal.ts';
import type { EvictionPlan } from '../../src/domain/plan.ts';
import { choicesOf } from '../../src/domain/proposal.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { EvictionRequest } from '../../src/domain/request.ts';
import { INTRUDER, STRANGER } from '../domain/an-event.ts';
import { aPlan, aRequest, aSighting, planned } from '../domain/an-incident.ts';

type Variations = {
  readonly plan?: Partial<EvictionPlan>;
  readonly request?: Partial<EvictionRequest>;
  readonly others?: Proposal['choices']['principals'];
  readonly answered?: boolean;
};

function steps({ plan: some = {}, request = {}, others = [], answered = false }: Variations = {}) {
  const plan = aPlan(some);
  const seen = others.map((other) => ({ ...other, sessions: 1, first: 0, last: 0 }));
  const facts = factsOf([
    ...planned({ sighting: aSighting({ others: seen }) }),
    {
      kind: 'connection-read',
      when: 'before',
      unheardOf: false,
      readAt: 0,
      ...(answered ? { reading: { connected: true } } : {}),
    },
  ]);
  const proposal = { request: aRequest(request), plan, facts, choices: choicesOf(plan, facts) };
  return menuOf(proposal).map(({ value }) => value);
}

const blockers = (...codes: string[]) => codes.map((code) => ({ code, message: code }));

describe('the menu of a proposal', () => {
  it('begins with going ahead, and has only what there is to choose', () => {
    expect(steps()).toEqual(['go-ahead', 'action', 'details', 'leave']);
    expect(steps({ answered: true })).toEqual(['go-ahead', 'action', 'method', 'details', 'leave']);
    expect(steps({ plan: { principal: principalOf('AIDAEXAMPLEEXAMPLEAAA') } })).not.toContain('action');
  });

  it('has the policies where detach has several', () => {
    const { blastRadius } = aPlan();
    const several = { ...blastRadius, policies: ['fleet', 'maintenance'] };
    expect(steps({ plan: { actions: ['detach'], blastRadius: several } })).toContain('policies');
    expect(steps({ plan: { actions: ['deactivate'], blastRadius: several } })).not.toContain('policies');
    expect(steps({ plan: { actions: ['detach'] } })).not.toContain('policies');
  });

  it('has the principal once one was chosen of several', () => {
    const others = [{ principal: principalOf(STRANGER), ended: true }];
    expect(steps({ others, request: { principal: INTRUDER } })).toContain('principal');
    expect(steps({ request: { principal: INTRUDER } })).not.toContain('principal');
  });

  it.each([
    [['shared-principal'], 'lift'],
    [['shared-principal', 'irreversible'], 'lift'],
    [['identity-needed', 'shared-principal'], 'identity'],
    [['own-role', 'no-action'], 'action'],
    [['sighting-mismatch'], 'principal'],
  ])('begins with what gets past %j, and not with going ahead', (codes, first) => {
    const menu = steps({ plan: { blockers: blockers(...codes) } });
    expect(menu[0]).toBe(first);
    expect(menu).not.toContain('go-ahead');
    expect(menu.filter((step) => step === first)).toHaveLength(1);
    expect(menu.at(-1)).toBe('leave');
  });
});
