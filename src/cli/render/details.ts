import type { Proposal } from '../../domain/proposal.ts';
import { ACTIONS } from '../../domain/action.ts';
import { shown } from '../console.ts';

/** All the rest of a proposal, in full: the event as received, every name that would be hit, the commands by hand. */
export function detailLines({ facts, plan }: Proposal): string[] {
  const { sighting, connection } = facts;
  const { things, clients, policies } = plan.blastRadius;
  return [
    ...part('event', sighting?.event === undefined ? [] : [JSON.stringify(sighting.event)]),
    ...part('GetConnection', connection?.reading === undefined ? [] : [JSON.stringify(connection.reading)]),
    ...part(
      'subscriptions',
      (connection?.subscriptions ?? []).map(({ topicFilter, qos }) => `${topicFilter} (QoS ${qos})`),
    ),
    ...part('things', things),
    ...part('clients', clients),
    ...part('policies', policies),
    ...part(
      'actions',
      plan.actions.map((action) => `${action}: ${ACTIONS[action].summary}`),
    ),
    ...part(
      'warnings',
      plan.warnings.map(({ code, message }) => `${code}: ${message}`),
    ),
    ...part(
      'blockers',
      plan.blockers.map(
        ({ code, message, lift }) => `${code}: ${message}${lift === undefined ? '' : ` [${lift}]`}`,
      ),
    ),
    ...part('by hand', plan.equivalent),
    '',
  ];
}

function part(name: string, texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [`${name}:`, ...texts.map((text) => `  ${shown(text)}`)];
}
