import { EvictError } from '../domain/errors.ts';
import type { Settings } from './settings.ts';

/** How the broker is to be reached: by certificate at a given URL, or over a signed WebSocket, at AWS's own endpoint if none is given. */
export type BrokerChoice =
  | { readonly kind: 'certificate'; readonly url: string; readonly files: IdentityFiles | undefined }
  | { readonly kind: 'signature'; readonly url: string | undefined; readonly ca: string | undefined };

type IdentityFiles = { readonly cert: string; readonly key: string; readonly ca?: string | undefined };

/** Settles it from the options. Throws `bad-option` where they do not fit one another: one without effect would be believed to have one. */
export function brokerChoice({ 'mqtt-url': url, cert, key, ca }: Settings): BrokerChoice {
  if (url === undefined || url.startsWith('wss:')) {
    const [misfit] = [...(cert === undefined ? [] : ['--cert']), ...(key === undefined ? [] : ['--key'])];
    if (misfit !== undefined) throw noCertificate(misfit, url);
    return { kind: 'signature', url: url === undefined ? undefined : withPath(url), ca };
  }
  if ((cert === undefined) !== (key === undefined))
    throw new EvictError('bad-option', '--cert and --key go together, and one is missing', {
      hint: 'give both, or neither: a dry run needs them only to know its own certificate',
    });
  return { kind: 'certificate', url, files: cert && key ? { cert, key, ca } : undefined };
}

function withPath(url: string): string {
  return `wss://${new URL(url).host}/mqtt`;
}

function noCertificate(option: string, url: string | undefined): EvictError {
  return new EvictError(
    'bad-option',
    url === undefined
      ? `${option} goes with --mqtt-url mqtts://host:8883, which is missing`
      : `${option} does not go with --mqtt-url ${url}`,
    {
      hint: 'the WebSocket, which is the default, is signed with the AWS credentials and takes no certificate',
    },
  );
}
