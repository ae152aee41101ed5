using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Stork.Samples.Chat;

/// <summary>Who is behind a connection: a browser, known by its cookie, under the name that it gives.</summary>
internal sealed class ChatAuthentication(NameRegistry names) : IInboxIdentityResolver
{
    private const string PersonKey = "person";
    private const string TabKey = "tab";

    /// <summary>Who is behind a socket that was let in.</summary>
    public static Person PersonOf(Socket socket) => (Person)socket.Data[PersonKey]!;

    /// <summary>The Socket.IO room with the connection of a tab.</summary>
    public static string TabOf(Socket socket) => $"tab:{PersonOf(socket).Id}/{socket.Data[TabKey]}";

    /// <summary>Whose inbox a socket gets: that of the person, in which each tab has its own place.</summary>
    public ValueTask<InboxIdentity?> ResolveAsync(Socket socket) =>
        new(new InboxIdentity(PersonOf(socket).Id, Device: (string)socket.Data[TabKey]!));

    /// <summary>A middleware of the namespace: runs before the client is told that it is connected.</summary>
    /// <exception cref="ConnectErrorException">The client is told why, in its <c>connect_error</c>.</exception>
    public ValueTask AuthenticateAsync(Socket socket)
    {
        var introduction = ReadIntroduction(socket);
        if (introduction is null || !ChatRules.IsTab(introduction.Tab))
            throw new ConnectErrorException("This is not a client of this chat.", new Refusal("introduction"));
        if (ChatRules.CleanName(introduction.Name) is not { } name)
            throw new ConnectErrorException($"A name has 1 to {ChatRules.MaxNameLength} visible characters.", new Refusal("name"));
        // A browser under a name: two tabs may be two people, or one person twice.
        var known = $"{Visitors.IdOf(socket)}/{name.ToUpperInvariant()}";
        var person = new Person(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(known)).AsSpan(0, 16)), name);
        if (!names.TryClaim(person)) throw new ConnectErrorException($"Somebody here is called {name} already.", new Refusal("name_taken"));
        socket.Data[PersonKey] = person;
        socket.Data[TabKey] = introduction.Tab;
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
