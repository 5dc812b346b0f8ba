import { EvictError } from '../../domain/errors.ts';
import type { EventSource, SourceItem } from '../../domain/source-ports.ts';
import { historiesOf } from '../../domain/rule-histories.ts';
import type { RuleHistory, RuleNote } from '../../domain/rule-histories.ts';
import type { AwsOptions } from './credentials.ts';
import { iotLogOf } from './log-source.ts';
import { RuleReader } from './rule-reader.ts';
import type { PresenceRules } from './rule-reader.ts';

export type RuleOptions = AwsOptions & {
  /** Makes a source of what would stand after `--events`. */
  readonly open: (words: string) => Promise<EventSource>;
};

/** More than some of them are no better to read. */
const MOST_NOTES = 10;

/** The histories that the rules of AWS IoT keep: it holds nothing itself, and leads to them. */
export function ruleSource(options: RuleOptions): EventSource {
  let known: readonly SourceItem[] | EvictError | undefined; // a look-up reads its sources several times
  return {
    name: 'rules',
    async *read(_search, signal) {
      known ??= await whatRulesKeep(options, signal).catch(orNothing);
      if (known instanceof EvictError) throw known;
      yield* known;
    },
  };
}

/** That they keep nothing is an answer to remember; that they could not be asked just now is none. */
function orNothing(error: unknown): EvictError {
  if (error instanceof EvictError && error.code === 'no-history') return error;
  throw error;
}

async function whatRulesKeep(options: RuleOptions, signal: AbortSignal): Promise<SourceItem[]> {
  const { rules, unread } = await presenceRules(options, signal);
  const { kept, elsewhere } = historiesOf(rules);
  const log = await iotLogIf(kept, options, signal);
  const notes = [...unread, ...elsewhere];
  const others = kept.filter(({ words }) => !log.has(words));
  if (others.length === 0) throw nothingKept([...notes, ...kept.map(inTheLog)]);
  const items: SourceItem[] = notes.map(({ rule, why }) => ({ kind: 'flawed', source: `rule ${rule}`, why }));
  for (const history of others)
    items.push({ kind: 'leads-to', source: keptBy(history, await options.open(history.words)) });
  return items;
}

async function presenceRules(options: AwsOptions, signal: AbortSignal): Promise<PresenceRules> {
  using reader = new RuleReader(options, signal);
  try {
    return await reader.presenceRules();
  } catch (error) {
    if (!(error instanceof EvictError) || error.code !== 'access-denied') throw error;
    throw new EvictError('no-history', `what AWS IoT's rules keep could not be asked: ${error.message}`, {
      hint: 'allow iot:ListTopicRules and iot:GetTopicRule, or name with --events what they keep',
      cause: error,
    });
  }
}

/** A rule may write to the very groups that are looked in as AWS IoT's own log. */
async function iotLogIf(
  kept: readonly RuleHistory[],
  options: AwsOptions,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  if (!kept.some(({ words }) => words.startsWith('cloudwatch:'))) return new Set();
  const { groups } = await iotLogOf(options, signal);
  return new Set(groups.map((group) => `cloudwatch:${group}`));
}

/** The history, with what its rules tell of it: that it is not there any more is nobody's mistake on the command line. */
function keptBy({ rules, whole }: RuleHistory, source: EventSource): EventSource {
  return {
    ...source,
    async *read(search, signal) {
      try {
        for await (const item of source.read(search, signal)) if (whole || item.kind !== 'covers') yield item;
      } catch (error) {
        if (!(error instanceof EvictError) || error.code !== 'bad-option') throw error;
        const message = `${error.message}: AWS IoT's rule ${rules.join(', ')} names it`;
        throw new EvictError('no-history', message, { hint: error.hint, cause: error });
      }
    },
  };
}

function inTheLog({ rules, words }: RuleHistory): RuleNote {
  return {
    rule: rules.join(', '),
    why: `it writes to AWS IoT's own log (${words}), which is looked in anyway`,
  };
}

function nothingKept(notes: readonly RuleNote[]): EvictError {
  const said = notes.slice(0, MOST_NOTES).map(({ rule, why }) => `rule ${rule}: ${why}`);
  const message =
    said.length === 0
      ? "none of AWS IoT's rules keeps presence events"
      : `AWS IoT's rules lead to no further history of presence events (${said.join('; ')})`;
  return new EvictError('no-history', message, {
    hint: 'to have such a history for the next time, deploy policies/presence-history.yaml',
  });
}
