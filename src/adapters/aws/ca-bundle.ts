import { loadConfig } from '@smithy/core/config';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EvictError } from '../../domain/errors.ts';
import { sharedFiles } from './profiles.ts';
import type { ProfilePlace } from './profiles.ts';

/** One file, or the profile's: as the AWS CLI looks for it. */
const VARIABLE = 'AWS_CA_BUNDLE';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu;

/** The authorities that are trusted instead of the system's, where `AWS_CA_BUNDLE` or the profile's `ca_bundle` names any. */
export async function readAuthorities(place: ProfilePlace): Promise<string | undefined> {
  const file = await bundleOf(place);
  if (file === undefined) return undefined;
  const pem = await textOf(file);
  const certificates = pem.match(CERTIFICATE) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate))
    throw new EvictError('file-invalid', `${VARIABLE} (ca_bundle) ${file} is no file of PEM certificates`, {
      hint: 'name a file of one or more authorities in PEM, or nothing',
    });
  return pem;
}

function bundleOf(place: ProfilePlace): Promise<string | undefined> {
  const find = loadConfig<string | undefined>(
    {
      environmentVariableSelector: (env) => env[VARIABLE] || undefined,
      configFileSelector: (profile) => profile['ca_bundle'] || undefined,
      default: undefined,
    },
    sharedFiles(place),
  );
  return find();
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new EvictError('file-unreadable', `${VARIABLE} (ca_bundle) ${file} cannot be read`, {
      hint: 'check the path and its permissions',
      cause: error,
    });
  }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
