using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Pkcs11.Interop;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>Opens keys on tokens. Of several, those that cannot be used do not stop the others.</summary>
internal sealed class TokenSignerLoader(Pkcs11Options options, ILoggerFactory loggerFactory)
{
    /// <exception cref="IOException">The certificate's file cannot be read.</exception>
    /// <exception cref="CryptographicException">It is no certificate.</exception>
    /// <exception cref="SigningException">The certificate's key cannot sign in the way that is wanted.</exception>
    public LoadedSigner Load(SignerSettings settings, bool mayAsk)
    {
        var attempt = new Attempt(settings, mayAsk, options);
        foreach (string uri in settings.Key)
        {
            attempt.Open(uri);
        }

        attempt.OpenLeftWithoutCertificate();
        ISigner? signer = attempt.Signers.Count == 0 ? null
            : settings.Key.Count == 1 ? attempt.Signers[0]
            : new FailoverSigner(attempt.Signers, loggerFactory, options.TimeProvider);
        return new LoadedSigner(signer, attempt.Signers.Count, [.. attempt.Faults.Values], attempt.IsPinRefused);
    }

    private sealed class Attempt
    {
        private readonly SignatureAlgorithm? _algorithm;
        private readonly Pkcs11Options _options;
        private readonly bool _hasFile;
        private X509Certificate2? _certificate;
        private bool _isAnswered;

        public Attempt(SignerSettings settings, bool mayAsk, Pkcs11Options options)
        {
            _hasFile = settings.Certificate.Length > 0;
            _certificate = _hasFile ? CertificateFile.Load(settings.Certificate) : null;
            _algorithm = SignatureAlgorithms.Find(settings.Algorithm);
            _options = mayAsk ? options with { PinPrompt = Ask } : options;
        }

        public List<ISigner> Signers { get; } = [];

        /// <summary>Why a key is not used, by its URI.</summary>
        public Dictionary<string, string> Faults { get; } = [];

        public bool IsPinRefused { get; private set; }

        public void Open(string uri)
        {
            try
            {
                var signer = Pkcs11Signer.Open(uri, _certificate, _algorithm, _options);
                _certificate ??= signer.Certificate; // the other tokens have to have the same key
                Signers.Add(signer);
                Faults.Remove(uri);
            }
            catch (Exception e) when (e is SigningException or ArgumentException or CryptographicException or IOException or UnauthorizedAccessException)
            {
                Faults[uri] = e.Message;
                bool hasPin = _isAnswered || Pkcs11Uri.Parse(uri).PinSource is not null;
                IsPinRefused |= hasPin && Enum.TryParse((e as SigningException)?.ErrorCode, out CKR code) && Pkcs11Fault.IsPinRefused(code);
            }
        }

        /// <summary>With the certificate of another token, one that is away just now is taken in all the same, and heals by itself.</summary>
        public void OpenLeftWithoutCertificate()
        {
            if (!_hasFile && _certificate is not null)
            {
                foreach (string uri in Faults.Keys.ToArray())
                {
                    Open(uri);
                }
            }
        }

        private string Ask(string token)
        {
            string pin = SecretPrompt.AskForPin(token);
            _isAnswered |= pin.Length > 0;
            return pin;
        }
    }
}
