using System.Numerics;
using System.Security.Cryptography;

namespace PkiCore.Crl.Following;

/// <summary>What holds in one scope: a complete CRL, and the delta CRL that is combined with it. The combination has the number and the times of the delta (CX-5).</summary>
internal sealed record CrlPair(CrlFile Base, CrlFile? Delta)
{
    public CrlFile Latest => Delta ?? Base;
}

/// <summary>Which of the CRLs that are there are used. They are taken together, whatever their scopes: nobody here knows which certificate belongs to which.</summary>
internal sealed class CrlSelection
{
    private readonly IReadOnlyList<string> _problems;
    private readonly string? _scopeWithoutBase;

    private CrlSelection(IReadOnlyList<CrlPair> crls, IReadOnlyList<string> problems, string? scopeWithoutBase)
    {
        Crls = crls;
        (_problems, _scopeWithoutBase) = (problems, scopeWithoutBase);
        Problem = problems.Count == 0 ? null : string.Join("; ", problems);
        if (crls.Count > 0)
        {
            ThisUpdate = crls.Min(crl => crl.Latest.ThisUpdate);
            FirstToEnd = crls.MinBy(crl => crl.Latest.NextUpdate)!.Latest;
        }

        IEnumerable<string> signatures = crls.SelectMany(crl => new[] { crl.Base, crl.Delta }).OfType<CrlFile>().Select(file => Convert.ToHexString(file.Signature.Span));
        Identity = Convert.ToHexString(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(string.Join(',', signatures.Order(StringComparer.Ordinal)))));
    }

    public IReadOnlyList<CrlPair> Crls { get; }

    /// <summary>What is there and not used, although somebody wanted it to be; <see langword="null"/> when there is nothing.</summary>
    public string? Problem { get; }

    /// <summary>"True as of": all of them say at least that.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>The one whose time is up first, and with it that of all.</summary>
    public CrlFile? FirstToEnd { get; }

    /// <summary>Two selections are the same CRLs, wherever they lie, when this is the same.</summary>
    public string Identity { get; }

    /// <param name="files">What is there.</param>
    /// <param name="now">The time: a CRL of the future does not count before it has come.</param>
    /// <param name="passedOver">What is to be known of CRLs that are not among them.</param>
    public static CrlSelection Of(IReadOnlyList<CrlFile> files, DateTimeOffset now, IEnumerable<string> passedOver)
    {
        List<string> problems = [.. passedOver];
        foreach (CrlFile file in files.Where(file => file.ThisUpdate > now))
        {
            problems.Add(FormattableString.Invariant($"'{file.Path}' is as of {file.ThisUpdate:u}, which is still to come, and is not used until then"));
        }

        var crls = new List<CrlPair>();
        string? scopeWithoutBase = null;
        foreach (IGrouping<string, CrlFile> scope in files.GroupBy(file => file.Scope, StringComparer.Ordinal))
        {
            CrlFile[] usable = [.. WithoutThoseBeforeAGap([.. scope.Where(file => file.ThisUpdate <= now)])];
            CrlFile? newest = usable.Where(file => !file.IsDelta).MaxBy(Order);
            CrlFile? delta = FindDelta(newest, usable, problems);
            if (newest is not null)
            {
                crls.Add(new CrlPair(newest, delta));
            }
            else
            {
                scopeWithoutBase ??= $"there is no complete CRL to be used with the scope of '{scope.First().Path}'";
            }
        }

        return new CrlSelection(crls, problems, scopeWithoutBase);
    }

    /// <summary>Why a certificate that is on none of the CRLs need not be good: something is missing that is known to exist.</summary>
    public string? FindGap() => (_scopeWithoutBase ?? CrlCoverage.FindGap(Crls)) is { } gap ? $"{gap}, so that nobody can say that what is not listed is good" : null;

    /// <summary>The same CRLs, and something to be known about them.</summary>
    public CrlSelection With(string problem) => new(Crls, [.. _problems, problem], _scopeWithoutBase);

    /// <summary>What had expired when a complete CRL was issued is replaced by it, whatever the numbers say: an authority that lost its numbers begins again at 1.</summary>
    private static IEnumerable<CrlFile> WithoutThoseBeforeAGap(CrlFile[] scope)
    {
        DateTimeOffset latest = scope.Where(file => !file.IsDelta).Select(file => file.ThisUpdate).DefaultIfEmpty().Max();
        return scope.Where(file => file.NextUpdate >= latest || file.ThisUpdate == latest);
    }

    private static CrlFile? FindDelta(CrlFile? newest, IEnumerable<CrlFile> scope, List<string> problems)
    {
        foreach (CrlFile delta in scope.Where(file => file.IsDelta).OrderByDescending(Order))
        {
            if (delta.Number <= newest?.Number)
            {
                break; // adds nothing, nor do those behind it
            }

            string fault = newest is null ? "there is no complete CRL with its scope" : string.Join(", ", delta.Terms.FindFaults(newest.Terms));
            if (fault.Length == 0)
            {
                return delta;
            }

            problems.Add($"'{delta.Path}' is not used{(newest is null ? "" : $" with '{newest.Path}'")}: {fault}");
        }

        return null;
    }

    private static (BigInteger Number, DateTimeOffset ThisUpdate) Order(CrlFile file) => (file.Number ?? BigInteger.MinusOne, file.ThisUpdate);
}
