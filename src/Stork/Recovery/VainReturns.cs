namespace Stork.Recovery;

/// <summary>
/// Notices a client that cannot take what it missed: it comes back, is sent the same, and ends the connection each time, for ever.
/// After a few such returns it gets a new session instead, without what is in its way.
/// </summary>
internal sealed class VainReturns
{
    /// <summary>Returns in a row that may fail in this way.</summary>
    private const int Most = 3;

    private long _position = -1;
    private int _count;
    private bool _hasLeft;

    /// <summary>The client's connection has ended.</summary>
    /// <param name="byClient">Whether the client ended it itself.</param>
    public void OnLeft(bool byClient) => _hasLeft = byClient;

    /// <summary>The client is back. True if it is no use to send it once more what it missed.</summary>
    /// <param name="position">The last event it has.</param>
    /// <param name="hasMissed">Whether there are others.</param>
    public bool IsVain(long position, bool hasMissed)
    {
        _count = _hasLeft && hasMissed && _position == position ? _count + 1 : 0;
        _position = hasMissed ? position : -1;
        return _count > Most;
    }
}
