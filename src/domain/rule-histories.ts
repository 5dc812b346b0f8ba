import { placeIn } from './bucket-keys.ts';
import { presenceReachOf } from './rule-sql.ts';

type Text = string | undefined;

/** What of an action of a rule tells where it sends to: one of these, as GetTopicRule names them. */
export type RuleAction = {
  readonly dynamoDB?: { readonly tableName?: Text } | undefined;
  readonly dynamoDBv2?: { readonly putItem?: { readonly tableName?: Text } | undefined } | undefined;
  readonly s3?: { readonly bucketName?: Text; readonly key?: Text } | undefined;
  readonly cloudwatchLogs?: { readonly logGroupName?: Text } | undefined;
  readonly firehose?: { readonly deliveryStreamName?: Text } | undefined;
  readonly kinesis?: { readonly streamName?: Text } | undefined;
  readonly sqs?: { readonly queueUrl?: Text } | undefined;
  readonly sns?: { readonly targetArn?: Text } | undefined;
  readonly lambda?: { readonly functionArn?: Text } | undefined;
  readonly kafka?: { readonly topic?: Text } | undefined;
  readonly openSearch?: { readonly index?: Text } | undefined;
  readonly elasticsearch?: { readonly index?: Text } | undefined;
  readonly timestream?: { readonly tableName?: Text } | undefined;
  readonly http?: { readonly url?: Text } | undefined;
  readonly republish?: { readonly topic?: Text } | undefined;
};

/** An AWS IoT rule. What its error action keeps is no history. */
export type TopicRule = {
  readonly ruleName?: Text;
  readonly sql?: Text;
  readonly ruleDisabled?: boolean | undefined;
  readonly actions?: readonly RuleAction[] | undefined;
};

/** A history that can be looked in. */
export type RuleHistory = {
  /** As after `--events`. */
  readonly words: string;
  /** The names of the rules that keep it. */
  readonly rules: readonly string[];
  /** Whether it is told of every client, until now: only so is silence about one an answer. */
  readonly whole: boolean;
};

/** What is known of a rule, and of no use as it is. */
export type RuleNote = { readonly rule: string; readonly why: string };

/**
 * Which histories of presence events the rules keep, each once, and which there are that cannot be looked in. What a rule kept
 * before it was disabled is there still.
 */
export function historiesOf(rules: readonly TopicRule[]): {
  readonly kept: readonly RuleHistory[];
  readonly elsewhere: readonly RuleNote[];
} {
  const kept = new Map<string, RuleHistory>();
  const elsewhere: RuleNote[] = [];
  for (const { rule, action, whole } of rules.flatMap(deliveries)) {
    const [words, target] = [wordsFor(action), targetOf(action)];
    if (words !== undefined) kept.set(words, together({ words, rules: [rule], whole }, kept.get(words)));
    else if (target !== undefined) elsewhere.push({ rule, why: cannotLookIn(target) });
  }
  return { kept: [...kept.values()], elsewhere };
}

/** Each action that a rule sends presence events to. */
function deliveries({ ruleName: rule = '', sql = '', ruleDisabled, actions = [] }: TopicRule) {
  const reach = presenceReachOf(sql);
  if (reach === undefined) return [];
  const whole = reach === 'all' && ruleDisabled !== true;
  return actions.map((action) => ({ rule, action, whole }));
}

function together(one: RuleHistory, other: RuleHistory | undefined): RuleHistory {
  if (other === undefined) return one;
  const rules = [...new Set([...other.rules, ...one.rules])];
  return { ...one, rules, whole: one.whole || other.whole };
}

/** Where AWS IoT fills in names, or parts of them, from each message. (AWS IoT, "Substitution templates") */
const TEMPLATE = '${';

function wordsFor(action: RuleAction): string | undefined {
  const table = tableOf(action);
  if (isFixed(table)) return `dynamodb:${table}`;
  if (isFixed(action.cloudwatchLogs?.logGroupName)) return `cloudwatch:${action.cloudwatchLogs.logGroupName}`;
  const { bucketName, key = '' } = action.s3 ?? {};
  return isFixed(bucketName) ? `s3://${bucketName}/${placeIn(key)}` : undefined;
}

function tableOf({ dynamoDB, dynamoDBv2 }: RuleAction): Text {
  return dynamoDBv2?.putItem?.tableName ?? dynamoDB?.tableName;
}

function isFixed(name: Text): name is string {
  return name !== undefined && name !== '' && !name.includes(TEMPLATE);
}

/** What an action sends to, where that has to be said. Others (alarms, metrics, state machines, …) keep no events. */
const TARGETS: readonly (readonly [what: string, nameIn: (action: RuleAction) => Text])[] = [
  ['DynamoDB table', tableOf],
  ['S3 bucket', ({ s3 }) => s3?.bucketName],
  ['log group', ({ cloudwatchLogs }) => cloudwatchLogs?.logGroupName],
  ['Firehose stream', ({ firehose }) => firehose?.deliveryStreamName],
  ['Kinesis stream', ({ kinesis }) => kinesis?.streamName],
  ['SQS queue', ({ sqs }) => sqs?.queueUrl],
  ['SNS topic', ({ sns }) => sns?.targetArn],
  ['Lambda function', ({ lambda }) => lambda?.functionArn],
  ['Kafka topic', ({ kafka }) => kafka?.topic],
  ['OpenSearch index', ({ openSearch, elasticsearch }) => openSearch?.index ?? elasticsearch?.index],
  ['Timestream table', ({ timestream }) => timestream?.tableName],
  ['URL', ({ http }) => http?.url],
  ['MQTT topic', ({ republish }) => republish?.topic],
];

function targetOf(action: RuleAction): string | undefined {
  for (const [what, nameIn] of TARGETS) {
    const name = nameIn(action);
    if (name !== undefined && name !== '') return `the ${what} "${name}"`;
  }
  return undefined;
}

function cannotLookIn(what: string): string {
  return `it sends presence events to ${what}, which cannot be looked in: export what is kept there, and give the file`;
}
