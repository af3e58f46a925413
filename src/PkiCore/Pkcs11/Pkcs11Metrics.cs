using System.Diagnostics.Metrics;
using PkiCore.Pkcs11.Interop;

namespace PkiCore.Pkcs11;

/// <summary>The metrics of one token, on the meter <c>PkiCore.Pkcs11</c>.</summary>
internal sealed class Pkcs11Metrics : IDisposable
{
    public const string MeterName = "PkiCore.Pkcs11";

    private static readonly InstrumentAdvice<double> s_seconds = new()
    {
        HistogramBucketBoundaries = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private readonly Meter _meter;
    private readonly Histogram<double> _wait;
    private readonly Histogram<double> _use;
    private readonly Histogram<double> _create;
    private readonly Counter<long> _failures;
    private readonly KeyValuePair<string, object?> _token;
    private readonly KeyValuePair<string, object?> _module; // tokens behind two modules may have the same label

    public Pkcs11Metrics(TokenConnection token)
    {
        _token = KeyValuePair.Create<string, object?>("token", token.MetricName);
        _module = KeyValuePair.Create<string, object?>("module", token.Module.Path);
        _meter = new Meter(MeterName);
        _wait = _meter.CreateHistogram("pkicore.pkcs11.session.wait_time", "s", "How long callers waited for a session.", tags: null, s_seconds);
        _use = _meter.CreateHistogram("pkicore.pkcs11.session.use_time", "s", "How long a session was used for one signature.", tags: null, s_seconds);
        _create = _meter.CreateHistogram("pkicore.pkcs11.session.create_time", "s", "How long it took to open a session, with finding the token and login where necessary.", tags: null, s_seconds);
        _failures = _meter.CreateCounter<long>("pkicore.pkcs11.failures", "{failure}", "Failed calls by function and return value.");
        _meter.CreateObservableGauge("pkicore.pkcs11.up", () => Measure(token.Problem is null ? 1 : 0), unit: null, "Whether the token is usable.");
        _meter.CreateObservableGauge("pkicore.pkcs11.sessions", () => Measure(token.Pool.GetState().Open), "{session}", "Open sessions.");
        _meter.CreateObservableGauge("pkicore.pkcs11.sessions_in_use", () => Measure(token.Pool.GetState().InUse), "{session}", "Sessions in use.");
        _meter.CreateObservableGauge("pkicore.pkcs11.waiting", () => Measure(token.Pool.GetState().Waiting), "{caller}", "Callers that wait for a session.");
        _meter.CreateObservableGauge("pkicore.pkcs11.stuck_calls", () => Measure(token.StuckCalls), "{call}", "Calls that do not come back from the module.");
    }

    public void Waited(TimeSpan time) => _wait.Record(time.TotalSeconds, _token, _module);

    public void Used(TimeSpan time) => _use.Record(time.TotalSeconds, _token, _module);

    public void Created(TimeSpan time) => _create.Record(time.TotalSeconds, _token, _module);

    public void Failed(string function, CKR value) => Failed(function, Pkcs11Fault.NameOf(value));

    public void SignatureIsWrong() => Failed("verify", "wrong signature");

    public void Dispose() => _meter.Dispose();

    private void Failed(string function, string code) => _failures.Add(
        1, _token, _module, KeyValuePair.Create<string, object?>("function", function), KeyValuePair.Create<string, object?>("code", code));

    private Measurement<int> Measure(int value) => new(value, _token, _module);
}
