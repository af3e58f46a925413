namespace PkiCore.Crl.Files;

/// <summary>
/// One CRL of a <see cref="CrlStore"/>, for one client. Its bytes stay the same and readable until this is disposed, whatever is published meanwhile.
/// </summary>
internal sealed class CrlDownload : IDisposable
{
    private StoredCrl? _crl;

    public CrlDownload(StoredCrl crl)
    {
        _crl = crl;
        Length = crl.Length;
        ETag = crl.ETag;
        ThisUpdate = crl.ThisUpdate;
        NextUpdate = crl.NextUpdate;
        LastModified = crl.LastModified;
    }

    /// <summary>The length of the DER in bytes.</summary>
    public long Length { get; }

    /// <summary>A strong entity tag, quoted; the same bytes have the same one on every machine.</summary>
    public string ETag { get; }

    /// <summary>When the CRL was issued.</summary>
    public DateTimeOffset ThisUpdate { get; }

    /// <summary>When a newer one will be there at the latest.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <summary><see cref="ThisUpdate"/> as HTTP has it.</summary>
    public string LastModified { get; }

    /// <summary>Reads bytes of the DER. From several threads at once, but not together with <see cref="Dispose"/>.</summary>
    /// <returns>How many; 0 at the end, and before it only when somebody has cut the file.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public int Read(long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_crl is null, this);
        return _crl.Read(offset, destination);
    }

    /// <summary>Ends the download. The file is closed with the last download when it is no longer published.</summary>
    public void Dispose() => Interlocked.Exchange(ref _crl, null)?.Release();
}
