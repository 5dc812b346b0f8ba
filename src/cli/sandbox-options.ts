import { OUTPUT, type OptionSpec } from './options.ts';

export const SANDBOX: readonly OptionSpec[] = [
  {
    name: 'directory',
    value: 'dir',
    only: 'flag',
    about: 'where identities, config.yaml and events.jsonl go (default: a new temporary one)',
  },
  {
    name: 'intruder',
    value: 'clientId',
    only: 'flag',
    about: 'client ID of the built-in intruder (default pump-17)',
  },
  { name: 'no-intruder', only: 'flag', about: 'no built-in intruder' },
  {
    name: 'propagation-delay',
    value: 'duration',
    only: 'flag',
    about: 'fault: how long a deactivated certificate is still accepted',
  },
  {
    name: 'event-delay',
    value: 'duration',
    only: 'flag',
    about: 'fault: presence events arrive that much later',
  },
  {
    name: 'fault',
    value: 'fault',
    repeatable: true,
    only: 'flag',
    about: 'what is to go wrong, as in throttle,operation=UpdateCertificate,times=2 (docs/sandbox.md)',
  },
  {
    name: 'rule',
    value: 'template',
    only: 'flag',
    about: 'also keep the events as the rule of this CloudFormation template would',
  },
  {
    name: 'policies',
    value: 'dir',
    only: 'flag',
    about: "the responder's policies (default: those of this package)",
  },
  {
    name: 'session-expiry',
    value: 'duration',
    only: 'flag',
    about: 'how long an offline persistent session is kept (default 1h)',
  },
  { name: 'json', only: 'flag', about: 'one JSON line on stdout when ready' },
  { name: 'no-color', only: 'flag', about: 'no colour' },
  { name: 'quiet', short: 'q', only: 'flag', about: 'nothing on stderr' },
];

export const DEMO: readonly OptionSpec[] = [
  {
    name: 'hold',
    value: 'duration',
    only: 'flag',
    about: 'how long to watch the intruder stay out (default 5s)',
  },
  ...OUTPUT,
];
