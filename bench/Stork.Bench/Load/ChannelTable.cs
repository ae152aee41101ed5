namespace Stork.Bench.Load;

/// <summary>The channels of a loop by their tokens; the token of one that has gone is given to the next one that comes.</summary>
internal sealed class ChannelTable
{
    private readonly List<Channel?> _channels = [];
    private readonly Stack<int> _free = new();

    public IEnumerable<Channel> All => _channels.OfType<Channel>();

    public void Add(Channel channel)
    {
        if (_free.TryPop(out var token))
        {
            _channels[token] = channel;
        }
        else
        {
            token = _channels.Count;
            _channels.Add(channel);
        }

        channel.Token = token;
    }

    public void Remove(Channel channel)
    {
        _channels[channel.Token] = null;
        _free.Push(channel.Token);
    }

    /// <summary>
    /// Null for one that has gone. A readiness that was fetched before may also find the one that came after it: that reads, and finds
    /// nothing.
    /// </summary>
    public Channel? Find(int token) => _channels[token];
}
