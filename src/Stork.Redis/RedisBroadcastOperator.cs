using Stork.Redis.Emitting;

namespace Stork.Redis;

/// <summary>Some sockets of a namespace, on all servers, chosen by rooms and flags. Immutable, cheap, and may be kept.</summary>
public sealed class RedisBroadcastOperator : RedisBroadcastTarget
{
    internal RedisBroadcastOperator(EmitterNamespace nsp, BroadcastOptions options)
        : base(nsp, options)
    {
    }
}
