import { GetTopicRuleCommand, IoTClient, paginateListTopicRules } from '@aws-sdk/client-iot';
import { EvictError } from '../../domain/errors.ts';
import type { RuleNote, TopicRule } from '../../domain/rule-histories.ts';
import { presenceReach } from '../../domain/rule-sql.ts';
import { orAbort } from '../../domain/signals.ts';
import { awsPlace } from './aws-place.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError } from './sdk-error.ts';

/** An account has up to 1,000 rules, unless that quota was raised. */
const PAGE_SIZE = 250;
/** AWS takes some tens of these calls a second, and others may be making them, too. */
const AT_ONCE = 4;

/** The rules that may take in presence events, and those of them that could not be read. */
export type PresenceRules = { readonly rules: readonly TopicRule[]; readonly unread: readonly RuleNote[] };

/** Asks AWS IoT for its rules. */
export class RuleReader implements Disposable {
  readonly #options: AwsOptions;
  readonly #signal: AbortSignal;
  readonly #client: IoTClient;

  constructor(options: AwsOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    this.#client = new IoTClient(clientConfig(options));
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  async presenceRules(): Promise<PresenceRules> {
    const names = await this.#names();
    const [rules, unread]: [TopicRule[], RuleNote[]] = [[], []];
    for (let done = 0; done < names.length; done += AT_ONCE)
      for (const read of await Promise.all(
        names.slice(done, done + AT_ONCE).map((name) => this.#ruleOrWhyNot(name)),
      ))
        if ('why' in read) unread.push(read);
        else rules.push(read);
    return { rules, unread };
  }

  /** The list tells each rule's topic filter, where it has one: most rules need not be read. */
  async #names(): Promise<string[]> {
    const names: string[] = [];
    const paging = { client: this.#client, pageSize: PAGE_SIZE };
    const pages = paginateListTopicRules(paging, {}, { abortSignal: this.#signal });
    const iterator = pages[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await this.#ask('ListTopicRules', () => iterator.next());
      if (done === true) return names;
      for (const { ruleName, topicPattern } of value.rules ?? [])
        if (ruleName !== undefined && (topicPattern === undefined || presenceReach(topicPattern)))
          names.push(ruleName);
    }
  }

  /** One that may not be read does not cost the others. One that was deleted meanwhile is refused, too: AWS says no more of it. */
  async #ruleOrWhyNot(ruleName: string): Promise<TopicRule | RuleNote> {
    const command = new GetTopicRuleCommand({ ruleName });
    const get = () => this.#client.send(command, { abortSignal: this.#signal });
    try {
      return { ...(await this.#ask('GetTopicRule', get)).rule, ruleName };
    } catch (error) {
      if (!(error instanceof EvictError) || error.code !== 'access-denied') throw error;
      return { rule: ruleName, why: `it may keep presence events, and could not be read: ${error.message}` };
    }
  }

  async #ask<T>(call: string, act: () => Promise<T>): Promise<T> {
    try {
      return await orAbort(act(), this.#signal);
    } catch (error) {
      const { network } = this.#options;
      throw asEvictError(error, { call, where: awsPlace(this.#options), signal: this.#signal, network });
    }
  }
}
