using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Pkcs11.Interop;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>
/// Opens keys on tokens. Of several, those that cannot be used do not stop the others; one that hangs is waited for once, and left alone until
/// its call comes back. Safe for use from several threads, but not for the same token.
/// </summary>
internal sealed class TokenSignerLoader(Pkcs11Options options, ILoggerFactory loggerFactory)
{
    /// <summary>By token: each further try would cost a thread.</summary>
    private readonly ConcurrentDictionary<string, KeyOpening> _hanging = [];

    /// <summary>The tokens that are used by a CA.</summary>
    public static IEnumerable<string> FindTokens(SignerSettings settings) => settings.Key.Where(Pkcs11Uri.HasScheme).Select(DescribeToken);

    /// <exception cref="IOException">The certificate's file cannot be read.</exception>
    /// <exception cref="CryptographicException">It is no certificate.</exception>
    /// <exception cref="SigningException">The certificate's key cannot sign in the way that is wanted.</exception>
    public LoadedSigner Load(SignerSettings settings, bool mayAsk)
    {
        var attempt = new Attempt(settings, mayAsk, options, _hanging);
        attempt.Open(settings.Key);
        attempt.OpenLeftWithoutCertificate();
        ISigner[] signers = [.. settings.Key.Select(attempt.Signers.GetValueOrDefault).OfType<ISigner>()];
        ISigner? signer = signers.Length == 0 ? null
            : settings.Key.Count == 1 ? signers[0]
            : new FailoverSigner(signers, loggerFactory, options.TimeProvider);
        return new LoadedSigner(signer, signers.Length, [.. attempt.Faults.Values], attempt.IsPinRefused) { IsHanging = attempt.IsHanging };
    }

    /// <summary>What the URIs of all keys of a token have in common.</summary>
    private static string DescribeToken(string text)
    {
        var uri = Pkcs11Uri.Parse(text);
        return FormattableString.Invariant($"{uri.ModulePath}\0{uri.Token}\0{uri.Serial}\0{uri.Manufacturer}\0{uri.Model}\0{uri.SlotId}");
    }

    private sealed class Attempt
    {
        private readonly SignatureAlgorithm? _algorithm;
        private readonly Pkcs11Options _options;
        private readonly ConcurrentDictionary<string, KeyOpening> _hanging;
        private readonly bool _mayAsk;
        private readonly bool _hasFile;
        private X509Certificate2? _certificate;

        public Attempt(SignerSettings settings, bool mayAsk, Pkcs11Options options, ConcurrentDictionary<string, KeyOpening> hanging)
        {
            _hasFile = settings.Certificate.Length > 0;
            _certificate = _hasFile ? CertificateFile.Load(settings.Certificate) : null;
            _algorithm = SignatureAlgorithms.Find(settings.Algorithm);
            _mayAsk = mayAsk && SecretPrompt.CanAsk;
            _options = options;
            _hanging = hanging;
        }

        /// <summary>By URI.</summary>
        public Dictionary<string, Pkcs11Signer> Signers { get; } = [];

        /// <summary>Why a key is not used, by its URI.</summary>
        public Dictionary<string, string> Faults { get; } = [];

        public bool IsPinRefused { get; private set; }

        public bool IsHanging { get; private set; }

        /// <summary>Opens keys: those for which a person is asked one after the other, then the others all at once.</summary>
        public void Open(IReadOnlyList<string> uris)
        {
            string[] asking = [.. uris.Where(uri => _mayAsk && Pkcs11Uri.Parse(uri).PinSource is null)];
            foreach (string uri in asking)
            {
                Take(uri, Start(uri));
            }

            foreach ((string uri, KeyOpening? opening) in uris.Except(asking).Select(uri => (uri, Start(uri))).ToArray())
            {
                Take(uri, opening);
            }
        }

        /// <summary>With the certificate of another token, one that is away just now is taken in all the same, and heals by itself.</summary>
        public void OpenLeftWithoutCertificate()
        {
            if (!_hasFile && _certificate is not null)
            {
                // The other tokens have to have the same key.
                KeyValuePair<string, Pkcs11Signer>[] others = [.. Signers.Where(signer => !signer.Value.Certificate.RawDataMemory.Span.SequenceEqual(_certificate.RawDataMemory.Span))];
                foreach ((string uri, _) in others)
                {
                    Signers.Remove(uri);
                }

                Open([.. Faults.Keys, .. others.Select(other => other.Key)]);
                foreach ((_, Pkcs11Signer signer) in others)
                {
                    signer.Dispose(); // not sooner: while the token is open nobody is asked for its PIN again
                }
            }
        }

        /// <returns><see langword="null"/> when the token hangs since an earlier try.</returns>
        private KeyOpening? Start(string uri)
        {
            string token = DescribeToken(uri);
            if (_hanging.TryGetValue(token, out KeyOpening? earlier) && earlier.IsHanging)
            {
                return null;
            }

            _hanging.TryRemove(token, out _);
            return KeyOpening.Start(uri, _certificate, _algorithm, _options, _mayAsk);
        }

        private void Take(string uri, KeyOpening? opening)
        {
            Pkcs11Signer? signer = null;
            Exception? fault = null;
            opening?.Wait(out signer, out fault);
            if (signer is not null)
            {
                _certificate ??= signer.Certificate;
                Signers[uri] = signer;
                Faults.Remove(uri);
            }
            else if (fault is null)
            {
                IsHanging = true;
                Faults[uri] = KeyOpening.DescribeHang(uri);
                if (opening is not null)
                {
                    _hanging[DescribeToken(uri)] = opening;
                }
            }
            else
            {
                Fail(uri, fault, hasPin: opening!.IsAnswered || Pkcs11Uri.Parse(uri).PinSource is not null);
            }
        }

        private void Fail(string uri, Exception fault, bool hasPin)
        {
            if (fault is not (SigningException or ArgumentException or CryptographicException or IOException or UnauthorizedAccessException))
            {
                ExceptionDispatchInfo.Throw(fault);
            }

            Faults[uri] = fault.Message;
            IsPinRefused |= hasPin && Enum.TryParse((fault as SigningException)?.ErrorCode, out CKR code) && Pkcs11Fault.IsPinRefused(code);
        }
    }
}
