using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Stork.EventLoops;

namespace Stork.Tests.EventLoops;

/// <summary>What event loops and their connections hold.</summary>
internal static class LoopInternals
{
    /// <summary>How long the array is that it holds; zero for none.</summary>
    public static int BufferLength(this SocketReader reader) => BufferOf(reader).Length;

    /// <inheritdoc cref="BufferLength(SocketReader)"/>
    public static int BufferLength(this SocketWriter writer) => BufferOf(writer).Length;

    public static EventLoopGroup Group(this LoopListener listener) => GroupOf(listener);

    public static IEnumerable<LoopConnection> Connections(this LoopListener listener) => GroupOf(listener).FindConnections(listener);

    public static EventLoopGroup? Group(this EventLoopTransport transport) => GroupOf(transport);

    public static EventLoop[] Loops(this EventLoopGroup group) => LoopsOf(group);

    public static EventLoop[] Loops(this StorkApp app) =>
        app.Services.GetServices<IConnectionListenerFactory>().OfType<EventLoopTransport>().Single().Group()!.Loops();

    /// <summary>All that are open on all loops.</summary>
    public static IEnumerable<LoopConnection> Connections(this StorkApp app) =>
        app.Loops().SelectMany(static loop => loop.Entries).OfType<LoopConnection>();

    /// <summary>Whether the reader has found nothing and waits: what comes next is the loop's to read.</summary>
    public static bool IsReaderWaiting(this LoopConnection connection) =>
        ReadinessOf(ReaderOf(connection)).IsWaiting;

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_input")]
    private static extern ref SocketReader ReaderOf(LoopConnection connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_readiness")]
    private static extern ref Readiness ReadinessOf(SocketReader reader);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_buffer")]
    private static extern ref byte[] BufferOf(SocketReader reader);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_buffer")]
    private static extern ref byte[] BufferOf(SocketWriter writer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_group")]
    private static extern ref EventLoopGroup GroupOf(LoopListener listener);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_group")]
    private static extern ref EventLoopGroup? GroupOf(EventLoopTransport transport);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_loops")]
    private static extern ref EventLoop[] LoopsOf(EventLoopGroup group);
}
