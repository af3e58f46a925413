using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using PkiCore.Crl.Issuing;

#pragma warning disable CA1416 // Validate platform compatibility: receivers are made on systems with links

namespace PkiCore.Galera.Crls;

/// <summary>Fetches the contents of files, part by part from whichever node is the nearest, or from where their publisher keeps them. What arrives is what was announced, or nothing.</summary>
internal sealed class CrlFetch(CrlDatabase database, HttpClient http)
{
    private const int BufferSize = 64 << 10;

    private static readonly CrlDatabaseLimits s_limits = new(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(30));
    private static readonly TimeSpan s_silenceLimit = TimeSpan.FromSeconds(30);

    /// <summary>Fetches a file.</summary>
    /// <exception cref="IOException">It could not be fetched, or the disk did not take it.</exception>
    /// <exception cref="InvalidDataException">It is not what was announced.</exception>
    public async Task FetchAsync(CrlManifestFile file, string path, CancellationToken cancellationToken)
    {
        FileStream destination = PublishingDirectory.Create(path);
        await using (destination.ConfigureAwait(false))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            if (file.Location is null)
            {
                await FetchPartsAsync(file, destination, hash, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await FetchFromPublisherAsync(file, destination, hash, cancellationToken).ConfigureAwait(false);
            }

            if (ChangeDigest.From(hash.GetHashAndReset()) != file.Sha256)
            {
                throw new InvalidDataException($"{file.Name} is not received: its hash is not the one that was announced");
            }
        }
    }

    private async Task FetchPartsAsync(CrlManifestFile file, FileStream destination, IncrementalHash hash, CancellationToken cancellationToken)
    {
        for (int part = 0; part < Chunks.CountOf(file.Size); part++)
        {
            int number = part;
            byte[] data = await database.RunAsync(s_limits, (connection, issuerId, token) => Chunks.ReadAsync(connection, issuerId, file.Sha256, number, token), cancellationToken).ConfigureAwait(false)
                ?? throw new IOException($"part {part} of {file.Name} is not in the database any more, or not yet on this node");
            if (data.Length != Chunks.LengthOf(file.Size, part))
            {
                throw new InvalidDataException($"{file.Name} is not received: part {part} has {data.Length} bytes instead of {Chunks.LengthOf(file.Size, part)}");
            }

            hash.AppendData(data);
            await destination.WriteAsync(data, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task FetchFromPublisherAsync(CrlManifestFile file, FileStream destination, IncrementalHash hash, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(file.Location, UriKind.Absolute, out Uri? location) || location.Scheme is not ("http" or "https"))
        {
            throw new InvalidDataException($"{file.Name} is not received: it should be at '{file.Location}', which is no HTTP address");
        }

        using var silence = new CancellationTokenSource(s_silenceLimit, database.Cluster.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await http.GetAsync(location, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            await ThreadPoolTurn();
            response.EnsureSuccessStatusCode();
            Stream body = await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                byte[] buffer = new byte[BufferSize];
                long length = 0;
                while (true)
                {
                    int read = await body.ReadAsync(buffer, either.Token).ConfigureAwait(false);
                    await ThreadPoolTurn();
                    length += read;
                    if (read == 0 || length > file.Size)
                    {
                        break; // at its end, or before it fills the disk
                    }

                    silence.CancelAfter(s_silenceLimit);
                    hash.AppendData(buffer, 0, read);
                    await destination.WriteAsync(buffer.AsMemory(0, read), either.Token).ConfigureAwait(false);
                }

                if (length != file.Size)
                {
                    throw new InvalidDataException($"{file.Name} is not received: {location} has {(length > file.Size ? "more than" : "only " + length + " of")} the {file.Size} bytes that were announced");
                }
            }
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"{file.Name} cannot be fetched from {location}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{file.Name} cannot be fetched: {location} says nothing for {s_silenceLimit.TotalSeconds:0} s", e);
        }
    }

    /// <summary>The host lets the threads that watch its sockets go on with what they learn of, this client's too; what follows takes long and is for the thread pool.</summary>
    private static ConfiguredTaskAwaitable ThreadPoolTurn() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
}
