using Stork.EngineIO;

namespace Stork.Wire;

/// <summary>
/// What one thread does in one go: everything read at once is handled, and everything written meanwhile leaves in one write per connection when
/// the turn ends. Writes of other threads are not held back.
/// </summary>
internal sealed class Turn
{
    [ThreadStatic]
    private static Turn? _ofThisThread;

    private readonly List<EngineConnection> _dirty = [];
    private readonly List<Action> _finishing = [];
    private Action? _atEnd;
    private int _depth;

    /// <summary>The turn this thread is in; null outside of one.</summary>
    public static Turn? Current => _ofThisThread is { _depth: > 0 } turn ? turn : null;

    public static Turn Enter()
    {
        var turn = _ofThisThread ??= new Turn();
        turn._depth++;
        return turn;
    }

    /// <summary>Remembers a connection whose output has to be flushed; the connection sees to it that it comes once.</summary>
    public void Add(EngineConnection connection) => _dirty.Add(connection);

    /// <summary>Has something done when everything that was read has been handled, ahead of the writes.</summary>
    public void FinishWith(Action action) => _finishing.Add(action);

    /// <summary>Has something done behind the last write of the turn, once however often it is asked for.</summary>
    public void EndWith(Action action)
    {
        if (_atEnd is { } other && other != action) other();
        _atEnd = action;
    }

    public void Exit()
    {
        try
        {
            if (_depth == 1) Finish();
        }
        finally
        {
            // The thread has only this turn, and connections remember that they are in it: whatever failed, it has to end.
            if (--_depth == 0) Leave();
        }
    }

    // Still within the turn: what these write leaves with the rest, and what they want finished is finished here too.
    private void Finish()
    {
        try
        {
            for (var i = 0; i < _finishing.Count; i++) _finishing[i]();
        }
        finally
        {
            _finishing.Clear();
        }
    }

    private void Leave()
    {
        foreach (var connection in _dirty) connection.FlushTurn();
        _dirty.Clear();
        if (_atEnd is null) return;
        var action = _atEnd;
        _atEnd = null;
        action();
    }
}
