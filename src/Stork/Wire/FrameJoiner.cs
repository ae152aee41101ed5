namespace Stork.Wire;

/// <summary>
/// Frames that leave together, joined once for all connections on which one follows the other: when several broadcasts are read at once,
/// that is so on nearly every connection.
/// </summary>
/// <remarks>A broadcast goes over its receivers in one go, so the last joining is the only one that is worth remembering.</remarks>
internal sealed class FrameJoiner
{
    /// <summary>Longer pieces are not joined: each new frame would have all of them copied once more.</summary>
    private const int MaxLength = 16 * 1024;

    private byte[]? _ahead;
    private byte[]? _frame;
    private byte[]? _joined;
    private bool _isShared;

    /// <summary>Returns both in one piece, which nobody may change; null if that would not pay.</summary>
    public byte[]? Join(byte[] ahead, byte[] frame)
    {
        if (ahead == _ahead && frame == _frame)
        {
            _isShared = true;
            return _joined;
        }

        // Frames that were joined for one connection alone are one connection's own: it would copy them again and again.
        var isOwn = ahead == _joined && !_isShared;
        if (isOwn || ahead.Length + frame.Length > MaxLength) return null;
        (_ahead, _frame, _isShared) = (ahead, frame, false);
        return _joined = [.. ahead, .. frame];
    }

    /// <summary>The batch has ended.</summary>
    public void Clear() => _ahead = _frame = _joined = null;
}
