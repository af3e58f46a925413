using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using PkiCore.Pkcs11;
using PkiCore.Responder.Configuration;
using PkiCore.Signing;
using PkiCore.X509;

namespace PkiCore.Responder.Hosting;

/// <summary>One CA of the configuration with what its files and tokens gave.</summary>
/// <param name="Settings">Its settings.</param>
/// <param name="Files">What its files looked like when they were read.</param>
/// <param name="Issuer">The CA; <see langword="null"/> when its certificate could not be read.</param>
/// <param name="Signer">The signer; <see langword="null"/> when it could not be loaded.</param>
/// <param name="Fault">Why something is missing.</param>
internal sealed record LoadedIssuer(IssuerSettings Settings, string Files, Issuer? Issuer, ISigner? Signer, string? Fault)
{
    /// <summary>Signers by other algorithms.</summary>
    public IReadOnlyList<ISigner> Alternates { get; init; } = [];

    /// <summary>Why there are not as many of them as were wanted.</summary>
    public IReadOnlyList<string> AlternateFaults { get; init; } = [];

    /// <summary>All signers of answers.</summary>
    public IReadOnlyList<ISigner> AnswerSigners => Signer is null ? Alternates : [Signer, .. Alternates];

    /// <summary>All signers.</summary>
    public IReadOnlyList<ISigner> Signers => CrlKey?.Signer is { } crlSigner ? [.. AnswerSigners, crlSigner] : AnswerSigners;

    /// <summary>What says what is revoked; <see langword="null"/> when there is no <see cref="Issuer"/>.</summary>
    public LoadedSource? Source { get; init; }

    /// <summary>What signs its CRLs; <see langword="null"/> when none are wanted.</summary>
    public LoadedSigner? CrlKey { get; init; }

    /// <summary>What the files of <see cref="CrlKey"/> looked like when they were read.</summary>
    public string CrlFiles { get; init; } = "";

    /// <summary>What those of <see cref="Source"/> looked like.</summary>
    public string SourceFiles { get; init; } = "";

    /// <summary>What all its files looked like.</summary>
    public string AllFiles => Files + SourceFiles + CrlFiles;

    /// <summary>How many keys sign.</summary>
    public int Keys { get; init; } = 1;

    /// <summary>Why some keys do not sign although others do.</summary>
    public IReadOnlyList<string> KeyProblems { get; init; } = [];

    /// <inheritdoc cref="LoadedSigner.IsPinRefused"/>
    public bool IsPinRefused { get; init; }

    /// <inheritdoc cref="LoadedSigner.IsHanging"/>
    public bool IsHanging { get; init; }
}

/// <summary>Loads certificates and keys; a fault of one CA is kept with it.</summary>
internal sealed class IssuerLoader(ResponderPlan plan, EdgeCluster cluster, ILoggerFactory loggerFactory, TimeProvider timeProvider)
{
    private readonly ILogger _logger = loggerFactory.CreateLogger<IssuerLoader>();
    private readonly TokenSignerLoader _tokens = new(plan.Settings.Pkcs11 with { LoggerFactory = loggerFactory, TimeProvider = timeProvider }, loggerFactory);

    public LoadedIssuer Load(IssuerSettings settings, bool mayAsk)
    {
        string files = Fingerprint(settings);
        string sourceFiles = LoadedSource.DescribeFiles(settings);
        Issuer issuer;
        try
        {
            issuer = Issuer.FromPemFile(settings.Certificate);
        }
        catch (Exception e) when (IsFault(e))
        {
            return new LoadedIssuer(settings, files, null, null, e.Message) { SourceFiles = sourceFiles };
        }

        LoadedSource source = LoadedSource.Load(settings, issuer, cluster, timeProvider);

        LoadedSigner loaded = Load(settings, settings.Signer, mayAsk);
        LoadedSigner[] alternates = [.. settings.AlternateSigners.Select(signer => Load(settings, signer, mayAsk))];
        LoadedSigner[] all = [loaded, .. alternates];
        return new LoadedIssuer(settings, files, issuer, loaded.Signer, loaded.Signer is null ? string.Join("; ", loaded.Problems) : source.Fault)
        {
            Source = source,
            SourceFiles = sourceFiles,
            Alternates = [.. alternates.Select(alternate => alternate.Signer).OfType<ISigner>()],
            AlternateFaults = [.. alternates.Where(alternate => alternate.Signer is null).Select(alternate => string.Join("; ", alternate.Problems))],
            Keys = all.Sum(signer => signer.Keys),
            KeyProblems = [.. all.Where(signer => signer.Signer is not null).SelectMany(signer => signer.Problems)],
            IsPinRefused = all.Any(signer => signer.IsPinRefused),
            IsHanging = loaded.IsHanging,
        };
    }

    /// <summary>Loads what signs the CRLs of a CA: by itself, for neither it nor the signers of answers are to be loaded again because of the other.</summary>
    public LoadedIssuer LoadCrlKey(LoadedIssuer issuer, bool mayAsk)
    {
        string files = FingerprintCrl(issuer.Settings);
        if (issuer.Issuer is null || issuer.Settings.CrlSigner is not { } settings)
        {
            return issuer with { CrlKey = null, CrlFiles = files };
        }

        LoadedSigner key = Load(issuer.Settings, settings, mayAsk);
        return issuer with { CrlKey = CheckUsage(key), CrlFiles = files };
    }

    /// <summary>Changes when any file of the CA does.</summary>
    public static string FingerprintAll(IssuerSettings settings) => Fingerprint(settings) + LoadedSource.DescribeFiles(settings) + FingerprintCrl(settings);

    /// <summary>Changes with the key that signs CRLs, and the certificate it has to fit.</summary>
    public static string FingerprintCrl(IssuerSettings settings) => settings.CrlSigner is { } signer ? Fingerprint(signer) : "";

    /// <summary>Changes when a file of the CA is replaced or edited, or another key is named.</summary>
    public static string Fingerprint(IssuerSettings settings) =>
        string.Join('|', settings.AllSigners.Select(Fingerprint).Prepend(FileState.Describe(settings.Certificate)));

    private static string Fingerprint(SignerSettings signer)
    {
        string passphrase = signer.Passphrase.StartsWith(PassphraseSource.File, StringComparison.Ordinal) ? signer.Passphrase[PassphraseSource.File.Length..] : "";
        IEnumerable<string> uris = signer.Key.Where(Pkcs11Uri.HasScheme);
        IEnumerable<string> paths = [signer.Certificate, .. signer.Key.Except(uris), passphrase, .. uris.Select(uri => KeyUri.FindPinFile(uri) ?? "")];
        return string.Join('|', paths.Where(path => path.Length > 0).Select(FileState.Describe).Concat(uris).Append(signer.Algorithm));
    }

    private static bool IsOnToken(SignerSettings signer) => Pkcs11Uri.HasScheme(signer.Key[0]);

    private LoadedSigner Load(IssuerSettings settings, SignerSettings signer, bool mayAsk)
    {
        try
        {
            return IsOnToken(signer) ? _tokens.Load(signer, mayAsk) : LoadFiles(settings, signer, mayAsk);
        }
        catch (Exception e) when (IsFault(e))
        {
            return new LoadedSigner(null, 0, [e.Message], IsPinRefused: false);
        }
    }

    /// <summary>A key that clients would not believe is better not used at all (RFC 5280 4.2.1.3, 6.3.3 (f)).</summary>
    private static LoadedSigner CheckUsage(LoadedSigner key)
    {
        if (key.Signer?.Certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is not { } usage || usage.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign))
        {
            return key;
        }

        key.Signer.Dispose();
        return key with { Signer = null, Problems = [$"the key usage of '{key.Signer.Certificate.Subject}' does not allow it to sign CRLs."] };
    }

    private static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException or CryptographicException or SigningException or ConfigurationException;

    private LoadedSigner LoadFiles(IssuerSettings settings, SignerSettings signer, bool mayAsk)
    {
        string certificate = signer.Certificate.Length > 0 ? signer.Certificate : settings.Certificate;
        string passphrase = PassphraseSource.Read(signer.Passphrase, signer.Key[0], mayAsk);
        ISigner loaded = SoftwareSigner.FromPemFiles(certificate, signer.Key[0], passphrase, SignatureAlgorithms.Find(signer.Algorithm), _logger);
        return new LoadedSigner(loaded, 1, [], IsPinRefused: false);
    }
}
