namespace PkiCore.Pkcs11;

/// <summary>A thread that waits for a session: it gets one, or the leave to open one. Each thread has its own and keeps it.</summary>
internal sealed class SessionWaiter
{
    [ThreadStatic]
    private static SessionWaiter? t_current;

    private readonly object _monitor = new();
    private bool _isServed;

    private SessionWaiter()
    {
        Node = new LinkedListNode<SessionWaiter>(this);
    }

    public static SessionWaiter Current => t_current ??= new SessionWaiter();

    public LinkedListNode<SessionWaiter> Node { get; }

    /// <summary>What it was given; <see langword="null"/> is the leave to open a session.</summary>
    public Pkcs11Session? Session { get; private set; }

    public void Begin()
    {
        Session = null;
        _isServed = false;
    }

    public void Serve(Pkcs11Session? session)
    {
        lock (_monitor)
        {
            Session = session;
            _isServed = true;
            Monitor.Pulse(_monitor);
        }
    }

    /// <returns>Whether it was served.</returns>
    public bool Wait(TimeSpan timeout)
    {
        lock (_monitor)
        {
            return _isServed || (timeout > TimeSpan.Zero && Monitor.Wait(_monitor, timeout) && _isServed);
        }
    }
}
