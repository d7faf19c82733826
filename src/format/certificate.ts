import { hash } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';
import {
  certificate,
  certificateFormat,
  certificateStatement,
  type Certificate,
  type CertificateStatement,
} from '../contract/certificate.ts';
import { parseBounded } from './bounded-json.ts';
import type { SigningKey } from './sealing/keys.ts';
import { isSignedBy, signature, signText, verifyText } from './sealing/signatures.ts';

/** A hundred thousand tables take less. */
const maxCertificateBytes = 64 * 1024 * 1024;

export interface ReadCertificate {
  certificate: Certificate;
  statement: CertificateStatement;
  /** The key that signed, in base64; null where nothing is signed. */
  signedBy: string | null;
}

/** @param key without one the certificate is not signed */
export function makeCertificate(statement: CertificateStatement, key: SigningKey | undefined): Certificate {
  const text = JSON.stringify(statement);
  return {
    format: certificateFormat,
    statement: text,
    sha256: hash('sha256', text, 'hex'),
    ...(key ? { signature: signText(text, key) } : {}),
  };
}

/** The bytes of a certificate as they are kept: one of the two forms that `readCertificate` takes. */
export function certificateText({ format, statement, sha256, signature: signed }: Certificate): string {
  return JSON.stringify({ format, statement, sha256, ...(signed ? { signature: inOrder(signed) } : {}) });
}

/** Key before value, whatever order they were read in. */
function inOrder({ key, value }: { key: string; value: string }): { key: string; value: string } {
  return { key, value };
}

/**
 * Reads a certificate and proves that nothing of it was changed. Its bytes must be exactly those that Holdfast writes: in one
 * line, or indented by two spaces; a line feed may follow.
 * @param accepted public keys, 32 bytes each; without any, every key is taken, and the caller says which it was
 * @throws CERTIFICATE_INVALID; SIGNATURE_INVALID when it is signed wrongly, or not by a key that is accepted
 */
export function readCertificate(text: string, accepted: readonly Uint8Array[] = []): ReadCertificate {
  if (Buffer.byteLength(text) > maxCertificateBytes) throw invalid('it is larger than any certificate is');
  const parsed = certificate.safeParse(parsedJson(text, 'it is not JSON'));
  if (!parsed.success) throw invalid('it does not have the fields of a certificate');
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const written = certificateText(parsed.data);
  if (body !== written && body !== JSON.stringify(JSON.parse(written), null, 2)) {
    throw invalid('its bytes are not those that Holdfast writes');
  }
  if (parsed.data.sha256 !== hash('sha256', parsed.data.statement, 'hex')) {
    throw invalid('its statement was changed, and no longer has its SHA-256');
  }
  const statement = readStatement(parsed.data.statement);
  const signed = parsed.data.signature;
  const of = `the certificate of backup ${statement.backup.uuid}`;
  if (accepted.length > 0) {
    verifyText(parsed.data.statement, signed, accepted, of);
  } else if (signed) {
    const known = signature.safeParse(signed);
    if (!known.success || !isSignedBy(parsed.data.statement, known.data)) {
      throw new HoldfastError(
        'SIGNATURE_INVALID',
        `The certificate of backup ${statement.backup.uuid} was changed since it was signed, or its signature is malformed.`,
      );
    }
  }
  return { certificate: parsed.data, statement, signedBy: signed?.key ?? null };
}

function readStatement(text: string): CertificateStatement {
  const parsed = certificateStatement.safeParse(parsedJson(text, 'its statement is not JSON'));
  if (!parsed.success) throw invalid('its statement does not have the fields of one');
  return parsed.data;
}

function parsedJson(text: string, problem: string): unknown {
  try {
    return parseBounded(text, 'The certificate');
  } catch (error) {
    throw invalid(problem, error);
  }
}

function invalid(problem: string, cause?: unknown): HoldfastError {
  return new HoldfastError('CERTIFICATE_INVALID', `This is no certificate of a drill: ${problem}.`, {
    cause,
  });
}
