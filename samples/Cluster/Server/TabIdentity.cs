using System.Text.Json;
using Stork.Samples.Chat;

namespace Stork.Samples.Cluster;

/// <summary>Who is behind a connection: a browser tab, under the name that it gives. All servers have to see the same person in it,
/// whatever they are written in; an application with accounts has its sign-in here.</summary>
internal static class TabIdentity
{
    /// <summary>In the data of the socket, which travel: other servers find out who it is.</summary>
    public const string PersonKey = "person";

    public static Person PersonOf(Socket socket) => (Person)socket.Data[PersonKey]!;

    /// <summary>A middleware of the namespace: runs before the client is told that it is connected.</summary>
    /// <exception cref="ConnectErrorException">The client is told why, in its <c>connect_error</c>.</exception>
    public static ValueTask IntroduceAsync(Socket socket)
    {
        if (ReadIntroduction(socket) is not { } introduction || !ChatRules.IsTab(introduction.Tab))
            throw new ConnectErrorException("This is not a client of this chat.", new Refusal("introduction"));
        if (ChatRules.CleanName(introduction.Name) is not { } name)
            throw new ConnectErrorException($"A name has 1 to {ChatRules.MaxNameLength} visible characters.", new Refusal("name"));
        socket.Data[PersonKey] = new Person(introduction.Tab, name);
        return ValueTask.CompletedTask;
    }

    private static Introduction? ReadIntroduction(Socket socket)
    {
        try
        {
            return socket.Handshake.GetAuth<Introduction>();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
