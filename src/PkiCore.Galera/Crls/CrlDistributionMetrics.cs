using System.Diagnostics.Metrics;
using PkiCore.Galera.Cluster;

namespace PkiCore.Galera.Crls;

/// <summary>What is counted of the distribution of one CA's CRLs, on the meter <c>PkiCore.Galera</c>.</summary>
internal sealed class CrlDistributionMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly KeyValuePair<string, object?> _issuer;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _sentBytes;
    private readonly Counter<long> _paced;
    private readonly Counter<long> _received;
    private readonly Counter<long> _receivedBytes;
    private readonly Counter<long> _refused;
    private readonly Gauge<long> _sequence;
    private readonly Gauge<int> _isHeld;

    public CrlDistributionMetrics(IMeterFactory? meterFactory, string issuer)
    {
        _issuer = KeyValuePair.Create<string, object?>("issuer", issuer);
        _meter = meterFactory?.Create(ClusterMetrics.MeterName) ?? new Meter(ClusterMetrics.MeterName);
        _sent = _meter.CreateCounter<long>("pkicore.galera.crl.sent", "{publication}", "Publications that were put into the database.");
        _sentBytes = _meter.CreateCounter<long>("pkicore.galera.crl.sent_size", "By", "Bytes of CRLs that were put into the database.");
        _paced = _meter.CreateCounter<long>("pkicore.galera.crl.paced", "{part}", "Parts of CRLs that waited until the cluster had caught up.");
        _received = _meter.CreateCounter<long>("pkicore.galera.crl.received", "{publication}", "Publications that were taken over from the database.");
        _receivedBytes = _meter.CreateCounter<long>("pkicore.galera.crl.received_size", "By", "Bytes of CRLs that were fetched.");
        _refused = _meter.CreateCounter<long>("pkicore.galera.crl.refused", "{publication}", "Attempts to take over a publication that failed; what was served before is served on.");
        _sequence = _meter.CreateGauge<long>("pkicore.galera.crl.sequence", "1", "The number of the publication that is served.");
        _isHeld = _meter.CreateGauge<int>("pkicore.galera.crl.lease_held", "1", "1 while this process holds the lease of the publisher, else 0.");
    }

    public void Sent(long bytes)
    {
        _sent.Add(1, _issuer);
        _sentBytes.Add(bytes, _issuer);
    }

    public void Paced() => _paced.Add(1, _issuer);

    public void Received(long bytes, ulong sequence)
    {
        _received.Add(1, _issuer);
        _receivedBytes.Add(bytes, _issuer);
        _sequence.Record((long)sequence, _issuer);
    }

    public void Refused() => _refused.Add(1, _issuer);

    public void LeaseIsHeld(bool isHeld) => _isHeld.Record(isHeld ? 1 : 0, _issuer);

    public void Dispose() => _meter.Dispose();
}
