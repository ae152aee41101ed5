using System.Text;
using System.Text.Json;
using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork.SocketIO.Sockets;

/// <summary>
/// One CONNECT of a client: finds the namespace, has its middlewares run, and lets the socket in, or answers why not. Its socket is
/// connecting until it is among those of the client.
/// </summary>
internal sealed class ConnectAttempt(Client client, string name)
{
    /// <summary>The namespace that the client asks for.</summary>
    public string Name => name;

    /// <summary>The socket whose middlewares run; null before. Guarded by the connection's lock.</summary>
    public Socket? Socket { get; set; }

    /// <summary>Runs on the receiving thread until a middleware awaits something; without such, the answer is in the same batch of output.
    /// Never throws.</summary>
    /// <param name="auth">What came with the CONNECT.</param>
    public async Task RunAsync(byte[] auth)
    {
        var server = client.Server;
        var handshake = new Handshake(client.Request, auth, server.Engine.Time.GetUtcNow(), server.Serializer);
        Namespace? nsp = null;
        Socket? socket = null;
        try
        {
            nsp = await server.Namespaces.FindAsync(name, handshake);
            if (nsp is null)
            {
                client.EndAttempt(this, socket: null);
                Refuse("Invalid namespace");
                return;
            }

            await nsp.AdapterLifetime.StartAsync();
            socket = new Socket(nsp, client, handshake);
            client.ShowSocket(this, socket);
            socket.Session = await nsp.Sessions.BeginAsync(socket, auth);
            await AdmitAsync(socket, socket.Session);
        }
        catch (ConnectErrorException refusal)
        {
            client.EndAttempt(this, socket);
            Refuse(refusal);
            socket?.Lifetime.Discard();
        }
        catch (Exception exception) when (client.Connection.CloseReason is not null && HeedsTheEnd(exception))
        {
            // It heeded the token of the disconnect.
            client.EndAttempt(this, socket);
            socket?.Lifetime.Discard();
        }
        catch (Exception exception)
        {
            client.EndAttempt(this, socket);
            Fail(exception);
            socket?.Lifetime.Discard();
        }
        finally
        {
            if (nsp is not null) server.Namespaces.CleanUp(nsp);
        }
    }

    private static bool HeedsTheEnd(Exception exception) => exception is OperationCanceledException or SocketDisconnectedException;

    /// <summary>Answers that the client is not let in.</summary>
    public void Refuse(string message, object? data = null)
    {
        var server = client.Server;
        Log.ConnectRefused(server.Logger, client.Connection.Id, name, message);
        var utf8 = Encoding.UTF8.GetBytes(name);
        var reply = new ConnectErrorReply(message, data is null ? null : server.Serializer.ToElement(data));
        var packet = PacketBuilder.Start(utf8.Length, server.Serializer.Options);
        try
        {
            JsonSerializer.Serialize(packet.Json, reply, WellKnownTypes.Default.ConnectErrorReply);
            packet.Finish(PacketType.ConnectError, utf8, ackId: -1);
            _ = client.Connection.Send(packet, PacketFlags.None);
        }
        finally
        {
            packet.Release();
        }
    }

    private void Refuse(ConnectErrorException refusal)
    {
        try
        {
            Refuse(refusal.Message, refusal.ErrorData);
        }
        catch (Exception exception)
        {
            // Data that cannot be serialized.
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        Log.MiddlewareFailed(client.Server.Logger, exception, name);
        Refuse("Internal server error");
    }

    /// <summary>Lets the socket in, with the session that its client claims, if that can be had.</summary>
    private async ValueTask AdmitAsync(Socket socket, ISocketSession session)
    {
        var isPassedBy = session.SkipsMiddlewares;
        if (!isPassedBy) await socket.Namespace.RunMiddlewaresAsync(socket);
        await session.IdentifyAsync();
        if (session.IsClaiming && await TryRecoverAsync(socket, session)) return;
        if (isPassedBy)
        {
            // They were passed by for the sake of the session.
            await socket.Namespace.RunMiddlewaresAsync(socket);
            await session.IdentifyAsync();
        }

        _ = await AcceptAsync(socket);
    }

    /// <summary>Opens the socket with its session, if that can still be had; true also if nobody is there any more.</summary>
    private async ValueTask<bool> TryRecoverAsync(Socket socket, ISocketSession session)
    {
        using var slot = await session.WaitForSlotAsync();
        try
        {
            // It may have closed while it waited.
            if (client.Connection.CloseReason is not null)
            {
                socket.Lifetime.Discard();
                return true;
            }

            return await session.TryTakeAsync() && await AcceptAsync(socket);
        }
        catch
        {
            session.Abandon();
            throw;
        }
    }

    /// <summary>Opens the socket, unless nobody is there any more.</summary>
    /// <returns>False if it cannot be opened with its session; it is being connected as before then.</returns>
    private async ValueTask<bool> AcceptAsync(Socket socket)
    {
        if (!client.TryAdd(this, socket))
        {
            // It closed while the middlewares ran; nobody would be there to handle.
            socket.Session.Abandon();
            socket.Lifetime.Discard();
            return true;
        }

        // From here on a closing connection finds the socket; one that closed before is found by looking again.
        if (!await socket.Lifetime.OpenAsync())
        {
            client.TakeBack(this, socket);
            return false;
        }

        client.StopConnectTimer();
        if (client.Connection.CloseReason is { } reason) socket.Lifetime.OnClosed(reason);
        return true;
    }
}
