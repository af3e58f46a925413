namespace PkiCore.Crl.Lint;

/// <summary>
/// Looks for what RFC 5280 forbids an authority and <see cref="CrlReader"/> reads all the same; with the CA/Browser Forum's Baseline
/// Requirements (BR) and Mozilla's policy on top if wanted. A CRL is held against itself only: neither against the certificates
/// in its scope, nor against the CRLs before it.
/// </summary>
/// <remarks>Checking an entry without a fault allocates nothing.</remarks>
internal sealed class CrlLint
{
    private readonly CrlReader _reader;
    private readonly CrlFindings _findings = new();
    private readonly CrlEntryRules _entryRules;
    private long _entryCount;
    private bool _isUnsupported; // said already

    /// <summary>Checks all but the entries.</summary>
    /// <param name="reader">Of which the first entry has not been read yet.</param>
    /// <param name="baselineRequirements">Whether it has to suit the BR, as the CRLs of a publicly trusted authority.</param>
    public CrlLint(CrlReader reader, bool baselineRequirements)
    {
        _reader = reader;
        _entryRules = new CrlEntryRules(reader, baselineRequirements);
        CrlFieldRules.Check(reader, _findings);
        CrlExtensionRules.Check(reader, _findings);
        if (baselineRequirements)
        {
            BaselineRules.Check(reader, _findings);
        }

        CheckUnsupported();
    }

    /// <summary>At most <see cref="CrlFindings.MaxKept"/> of them, each with the clause that is broken.</summary>
    public IReadOnlyList<string> Findings => _findings.Kept;

    /// <summary>How many there are, with those that were not kept.</summary>
    public long FindingCount => _findings.Count;

    /// <summary>Checks the entry that the reader has just read; every one of them, in their order.</summary>
    public void Check(in CrlEntry entry)
    {
        _entryCount++;
        if (!_entryRules.IsClean(entry))
        {
            _entryRules.Check(entry, _entryCount, _findings);
        }

        if (_reader.UnsupportedCriticalExtension is not null)
        {
            CheckUnsupported();
        }
    }

    /// <summary>The reader says it once, whether the extension is the CRL's or an entry's.</summary>
    private void CheckUnsupported()
    {
        if (!_isUnsupported && _reader.UnsupportedCriticalExtension is { } extension)
        {
            _isUnsupported = true;
            string where = _entryCount == 0 ? "" : $", first in entry {_entryCount}";
            _findings.Add("RFC 5280 5.2, 5.3", $"a critical extension ({extension}{where}) is not understood, so that nobody may use the CRL");
        }
    }
}
