namespace PkiCore.Signing;

/// <summary>A signer that can tell the time its device takes from the time that callers wait for the device.</summary>
internal interface IDeviceSigner
{
    /// <summary>How long the oldest call that is not given up has been in the device; zero when there is none. Cheap to ask, and a little late.</summary>
    TimeSpan LongestCall { get; }
}
