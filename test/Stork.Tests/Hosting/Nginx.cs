using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Stork.Tests.Hosting;

/// <summary>A real nginx in front of applications, with the given configuration.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("stork-nginx");
    private Process? _process;

    private Nginx(int port) => Url = new Uri($"http://127.0.0.1:{port}");

    public Uri Url { get; }

    private static string? Program =>
        new[] { "/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx" }.FirstOrDefault(File.Exists);

    /// <summary>Starts one in front of an application.</summary>
    public static Task<Nginx> StartAsync(string location) => StartAsync(port => $"server {{ listen 127.0.0.1:{port};\n{location}\n}}");

    /// <param name="configure">Gives what is in the block <c>http</c>, for the port on which it has to listen.</param>
    public static async Task<Nginx> StartAsync(Func<int, string> configure)
    {
        Assert.SkipUnless(Program is not null, "needs nginx");
        var nginx = new Nginx(FindFreePort());
        await File.WriteAllTextAsync(nginx.PathOf("nginx.conf"), $$"""
            daemon off;
            worker_processes 1;
            pid {{nginx.PathOf("pid")}};
            error_log {{nginx.PathOf("error.log")}};
            events { worker_connections 256; }
            http {
                access_log off;
                client_body_temp_path {{nginx.PathOf("body")}};
                proxy_temp_path {{nginx.PathOf("proxy")}};
                fastcgi_temp_path {{nginx.PathOf("fastcgi")}};
                uwsgi_temp_path {{nginx.PathOf("uwsgi")}};
                scgi_temp_path {{nginx.PathOf("scgi")}};
                {{configure(nginx.Url.Port)}}
            }
            """);
        string[] arguments = ["-p", nginx._directory.FullName, "-c", nginx.PathOf("nginx.conf"), "-e", nginx.PathOf("error.log")];
        nginx._process = Process.Start(new ProcessStartInfo(Program!, arguments));
        await Waiting.Until(nginx.IsListening, "nginx was listening");
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _directory.Delete(recursive: true);
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);

    private bool IsListening()
    {
        if (_process!.HasExited) throw new InvalidOperationException("nginx ended: " + File.ReadAllText(PathOf("error.log")));
        try
        {
            using var tcp = new TcpClient();
            tcp.Connect(IPAddress.Loopback, Url.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
