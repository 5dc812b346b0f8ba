import type { Settings } from './settings.ts';

type Configured = Omit<Settings, 'again'>;

/** Options that do not fit one another, each in a sentence: one that had no effect would be believed to have one. */
export function misfits(settings: Configured): string[] {
  return RULES.flatMap(({ applies, says }) => (applies(settings) ? [says] : []));
}

const RULES: readonly { readonly applies: (settings: Configured) => boolean; readonly says: string }[] = [
  {
    applies: ({ action }) => action.includes('none') && new Set(action).size > 1,
    says: '--action none removes no access and goes with no other action',
  },
  {
    applies: ({ action }) => action.includes('revoke') && action.includes('deactivate'),
    says: '--action revoke and --action deactivate set the same status to different values',
  },
  {
    applies: ({ policy, action }) => policy.length > 0 && !action.includes('detach'),
    says: '--policy says what --action detach detaches: give that, too',
  },
  {
    applies: (settings) => settings['confirm-revoke'] !== undefined && !settings.action.includes('revoke'),
    says: '--confirm-revoke goes with --action revoke only',
  },
  {
    applies: (settings) => settings['publish-will'] && !callsApi(settings),
    says: '--publish-will goes with --method api or both: a takeover always publishes the Last Will',
  },
  {
    applies: (settings) => settings['keep-session'] && settings.method === 'none',
    says: '--keep-session goes with a kick, and --method none has none',
  },
  {
    applies: ({ method, action }) => method === 'none' && action.includes('none'),
    says: '--method none with --action none would do nothing at all',
  },
];

function callsApi({ method }: Configured): boolean {
  return method === 'api' || method === 'both';
}
