using System.Diagnostics.Metrics;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PkiCore.X509;

namespace PkiCore.Signing;

/// <summary>
/// The same key on several tokens as one signer. Work goes to those that are well, by how busy they are; one that fails, or is slow while another
/// is not, is taken out, probed and brought back. Safe for use from several threads.
/// </summary>
public sealed partial class FailoverSigner : ISigner
{
    private const string MeterName = "PkiCore.Signing";
    private const int MaxSigners = 32; // the bits of a mask

    private readonly FailoverMember[] _members;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Meter _meter;
    private readonly Counter<long> _failures;
    private readonly Lock _takingOut = new();
    private int _turn;

    /// <summary>Joins signers. It owns them from now on, unless it refuses them.</summary>
    /// <param name="signers">Signers whose certificates have the same public key; 1 to 32.</param>
    /// <param name="loggerFactory">For signers that are taken out and come back.</param>
    /// <param name="timeProvider">The clock; the system's by default.</param>
    /// <exception cref="SigningException">They do not sign with one key in one way.</exception>
    public FailoverSigner(IReadOnlyList<ISigner> signers, ILoggerFactory? loggerFactory = null, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(signers);
        if (signers.Count is 0 or > MaxSigners)
        {
            throw new ArgumentException($"There are {signers.Count} signers; 1 to {MaxSigners} can be joined.", nameof(signers));
        }

        byte[] publicKey = signers[0].Certificate.PublicKey.ExportSubjectPublicKeyInfo();
        if (signers.FirstOrDefault(other => other.Algorithm != signers[0].Algorithm || !other.Certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey)) is { } odd)
        {
            throw new SigningException($"The {odd} does not sign with the same key and algorithm as the {signers[0]}.");
        }

        _time = timeProvider ?? TimeProvider.System;
        _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<FailoverSigner>();
        _meter = new Meter(MeterName);
        _failures = _meter.CreateCounter<long>("pkicore.signer.failures", "{failure}", "Signatures that one signer of several could not make.");
        _meter.CreateObservableGauge("pkicore.signer.up", ObserveUp, unit: null, "Whether a signer of several is in use.");
        _members = [.. signers.Select(signer => new FailoverMember(signer, _time, Changed))];
        MaxSignatureLength = signers.Max(signer => signer.MaxSignatureLength);
        Parallelism = signers.Sum(signer => signer.Parallelism);
        foreach (FailoverMember member in _members)
        {
            if (member.Signer.Problem is { } problem)
            {
                member.TakeOut(problem);
            }
        }
    }

    /// <inheritdoc/>
    public X509Certificate2 Certificate => _members[0].Signer.Certificate;

    /// <inheritdoc/>
    public SignatureAlgorithm Algorithm => _members[0].Signer.Algorithm;

    /// <inheritdoc/>
    public bool PreHash => _members[0].Signer.PreHash;

    /// <inheritdoc/>
    public int MaxSignatureLength { get; }

    /// <inheritdoc/>
    public int Parallelism { get; }

    /// <inheritdoc/>
    public string? Problem
    {
        get
        {
            string[] gone = [.. _members.Where(member => member.OutBecause is not null).Select(member => member.Description)];
            return gone.Length > 0 ? $"{gone.Length} of {_members.Length} signers are out: {string.Join("; ", gone)}"
                : _members.Select(member => member.Signer.Problem).FirstOrDefault(problem => problem is not null);
        }
    }

    /// <inheritdoc/>
    public int Sign(ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority)
    {
        long start = _time.GetTimestamp();
        uint tried = 0;
        SigningException? last = null;
        while (TryPick(tried, out int index, out int left))
        {
            tried |= 1u << index;
            TimeSpan remaining = timeout - _time.GetElapsedTime(start);
            if (last is not null && remaining <= TimeSpan.Zero)
            {
                break;
            }

            // What one may take leaves as much to each of the others.
            if (TrySign(_members[index], input, signature, remaining / left, priority, out int length, ref last))
            {
                return length;
            }
        }

        throw new SigningException($"None of {_members.Length} signers made a signature: {string.Join("; ", _members.Select(member => member.Description))}.", last) { IsTransient = true, IsOverload = last?.IsOverload == true };
    }

    /// <summary>Disposes the signers.</summary>
    public void Dispose()
    {
        _meter.Dispose();
        Parallel.ForEach(_members, member => // each waits a while for its calls to end
        {
            member.Dispose();
            member.Signer.Dispose();
        });
    }

    private bool TrySign(FailoverMember member, ReadOnlySpan<byte> input, Span<byte> signature, TimeSpan timeout, SigningPriority priority, out int length, ref SigningException? fault)
    {
        long began = _time.GetTimestamp();
        int place = member.Calls.Begin(began);
        try
        {
            length = member.Signer.Sign(input, signature, timeout, priority);
        }
#pragma warning disable CA1031 // Do not catch general exception types: a signer may be foreign code, and another may do better
        catch (Exception e) when (e is not ArgumentException) // the caller's fault, and the same with any signer
#pragma warning restore CA1031
        {
            fault = e as SigningException ?? new SigningException($"{member.Name}: {e.Message}", e) { IsTransient = true };
            _failures.Add(1, KeyValuePair.Create<string, object?>("signer", member.Name));
            if (!member.IsPast(began))
            {
                member.Failed(fault);
            }

            length = 0;
            return false;
        }
        finally
        {
            member.Calls.End(place, began);
        }

        if (member.IsPast(began))
        {
            return true;
        }

        if (member.WasSlow(began))
        {
            TakeOutIfSpare(member, isBack: true);
        }
        else
        {
            member.Succeeded();
        }

        return true;
    }

    /// <summary>Picks the least busy of those that are in and were not tried; else one that is slow.</summary>
    /// <param name="tried">Those that were tried, as bits.</param>
    /// <param name="index">The pick.</param>
    /// <param name="left">How many can be tried, with the pick.</param>
    private bool TryPick(uint tried, out int index, out int left)
    {
        long now = _time.GetTimestamp();
        int first = (Interlocked.Increment(ref _turn) & int.MaxValue) % _members.Length;
        double least = double.MaxValue;
        index = -1;
        left = 0;
        for (int i = 0; i < _members.Length; i++)
        {
            int candidate = (first + i) % _members.Length;
            FailoverMember member = _members[candidate];
            if ((tried & (1u << candidate)) != 0 || member.OutBecause is not null || (member.IsOverdue(now) && TakeOutIfSpare(member, isBack: false)))
            {
                continue;
            }

            left++;
            double load = member.Calls.Count / (double)member.Signer.Parallelism;
            if (load < least)
            {
                least = load;
                index = candidate;
            }
        }

        if (index < 0)
        {
            left = 1;
            for (int i = 0; i < _members.Length && index < 0; i++)
            {
                index = (tried & (1u << i)) == 0 && _members[i].IsSlowOnly && !_members[i].IsOverdue(now) ? i : -1;
            }
        }

        return index >= 0;
    }

    /// <summary>Slowness takes a signer out only while there is another: slow is better than nothing.</summary>
    /// <param name="slow">The signer.</param>
    /// <param name="isBack">Whether its call has come back.</param>
    private bool TakeOutIfSpare(FailoverMember slow, bool isBack)
    {
        long now = _time.GetTimestamp();
        lock (_takingOut) // two that are slow must not be each other's spare
        {
            if (!Array.Exists(_members, other => other != slow && other.OutBecause is null && !other.IsOverdue(now)))
            {
                return false;
            }

            slow.TakeOut(FormattableString.Invariant($"a call took {FailoverMember.SlowAfter.TotalSeconds:0.#} s or more{(isBack ? "" : " and has not come back")}"), isBack);
            return true;
        }
    }

    private void Changed(FailoverMember member, string? reason)
    {
        if (reason is null)
        {
            LogBack(_logger, member.Name);
        }
        else
        {
            LogOut(_logger, member.Name, reason);
        }
    }

    private IEnumerable<Measurement<int>> ObserveUp() =>
        _members.Select(member => new Measurement<int>(member.OutBecause is null ? 1 : 0, KeyValuePair.Create<string, object?>("signer", member.Name)));

    [LoggerMessage(EventId = 120, Level = LogLevel.Error, Message = "The {Signer} is out: {Reason}. It is probed, and used again when it signs")]
    private static partial void LogOut(ILogger logger, string signer, string reason);

    [LoggerMessage(EventId = 121, Level = LogLevel.Information, Message = "The {Signer} signs again and is back in use")]
    private static partial void LogBack(ILogger logger, string signer);
}
